/** What a path of the API stands for. */
export interface Route {
  /** Of one application; undefined for the collection. */
  readonly id: string | undefined;
  readonly verbs: readonly string[];
}

/** The collection, with or without a slash at the end, or one application. */
export function routeOf(path: string): Route | undefined {
  const [matched, id] = /^\/v2\/applications(?:\/([^/]*))?$/.exec(path) ?? [];
  if (matched === undefined) return undefined;
  if (id === undefined || id === '') return { id: undefined, verbs: ['GET', 'POST'] };
  return { id: decoded(id), verbs: ['GET', 'PUT', 'DELETE'] };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // not percent-encoded properly: no application has such an id
  }
}
