import { isDeepStrictEqual } from 'node:util';
import { groupBy } from '../core/group-by.ts';
import { sha256 } from '../core/hash.ts';
import { parseJson } from '../core/json.ts';
import type { DesiredState, Manifest } from '../core/manifest/manifest.ts';
import type { ParsedManifests } from '../core/manifest/parse.ts';
import type { ManifestFile } from '../core/manifest/read-file.ts';
import { formatPlace } from '../core/problem.ts';
import { z } from '../core/zod.ts';

const common = {
  /** Root of the manifests. */
  root: z.string(),
  /** Relative to the root. */
  file: z.string(),
  ownFile: z.boolean(),
  /** The pinned id. */
  id: z.string().optional(),
  /** The public key as read from a key file, or written in the manifest; never one from the environment. */
  publicKey: z.string().optional(),
};

const format = 'vonage-gitops.last-good/2';

const formSchema = z.strictObject({
  format: z.literal(format),
  ...common,
  /** The manifest as written, then the patches of later layers: values from the environment are placeholders here. */
  documents: z.array(z.strictObject({ file: z.string(), text: z.string() })).min(1),
});

/** Earlier forms know one layer. */
const formSchemaV1 = z
  .strictObject({ format: z.literal('vonage-gitops.last-good/1'), ...common, text: z.string() })
  .transform(({ text, ...form }): KeptManifest => ({ ...form, format, documents: [{ file: form.file, text }] }));

/** A valid manifest as it is kept. */
export type KeptManifest = Readonly<z.infer<typeof formSchema>>;

/** Reads texts by the rules that hold for an account's manifests now. */
export interface Rereader {
  reread(files: readonly ManifestFile[], keyText: string | undefined): ParsedManifests;
}

/** What forms are found by: the manifest's name, hashed so that it can be a file name; its id, too, where another one has that name. */
export function keptKey(name: string, id?: string): string {
  return sha256(id === undefined ? name : `${name}\0${id}`);
}

/** The keys of manifests that are valid together. */
export function keysOf(manifests: readonly Manifest[]): (manifest: Manifest) => string {
  const byName = groupBy(manifests, ({ name }) => name);
  return ({ name, id }) => keptKey(name, byName.get(name)?.length === 1 ? undefined : id);
}

/** The form of a valid manifest; undefined when the source gives no text for it. */
export function keptManifest(state: DesiredState, manifest: Manifest): KeptManifest | undefined {
  const parts = state.texts?.get(formatPlace(manifest.place));
  if (parts === undefined) return undefined;
  const { id, ownFile, place, spec, concealed } = manifest;
  const keys = concealed.has('/keys/public_key') ? undefined : spec['keys'];
  const publicKey = keysSchema.safeParse(keys).data?.public_key;
  return {
    format,
    root: state.root,
    file: place.file,
    ownFile,
    ...(id === undefined ? {} : { id }),
    ...(publicKey === undefined ? {} : { publicKey }),
    documents: parts.map(({ file, text }) => ({ file, text })),
  };
}

const keysSchema = z.object({ public_key: z.string() });

/** Whether a form is read as exactly this manifest again: a document need not mean the same when it stands alone. */
export function isReadAs(form: KeptManifest, manifest: Manifest, rereader: Rereader): boolean {
  const again = rereadKept(form, rereader);
  return 'manifest' in again && isDeepStrictEqual({ ...again.manifest, place: manifest.place }, manifest);
}

/** The manifest that a form is read as today, or why it cannot be used. */
export function rereadKept(
  form: KeptManifest,
  rereader: Rereader,
): { readonly manifest: Manifest } | { readonly why: string } {
  const { manifests, problems } = rereader.reread(
    form.documents.map(({ file, text }) => ({ path: file, text })),
    form.publicKey,
  );
  const [manifest] = manifests;
  const error = problems.find(({ severity }) => severity === 'error');
  if (manifest === undefined || error !== undefined) return { why: error?.message ?? 'it has no manifest' };
  return { manifest: { ...manifest, ownFile: form.ownFile } };
}

/** The form in a file's text; undefined when it is none, cut off, or no JSON at all. */
export function parseForm(text: string): KeptManifest | undefined {
  return z.union([formSchema, formSchemaV1]).safeParse(parseJson(text)).data;
}

/** The text that a form is kept as. */
export function formText(form: KeptManifest): string {
  return `${JSON.stringify(form, undefined, 2)}\n`;
}
