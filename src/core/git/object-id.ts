declare const objectIdBrand: unique symbol;

/** The id of a commit, a tree or a blob: 40 hexadecimal digits, or 64 in a repository of the SHA-256 format. */
export type ObjectId = string & { readonly [objectIdBrand]: true };

/** The id that a text is, as git writes it; undefined when it is none. */
export function parseObjectId(text: string): ObjectId | undefined {
  return isObjectId(text) ? text : undefined;
}

function isObjectId(text: string): text is ObjectId {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}
