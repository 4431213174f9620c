import { z } from '../zod.ts';
import type { DeletionPolicy } from './manifest.ts';
import { capabilitiesSchema } from './schema-capabilities.ts';
import { choice, expectations, flag, group, list, text, textMap } from './schema-parts.ts';

/** `apiVersion` of every document of ours. */
export const apiVersion = 'vonage-gitops/v1';

/** `kind` of a document that changes an application of an earlier layer. */
export const patchKind = 'ApplicationPatch';

/** Title of the JSON Schema of a manifest. */
export const schemaTitle = 'Vonage application manifest (vonage-gitops/v1)';

/** What may happen to an application when its manifest goes. */
export const deletionPolicies = ['delete', 'orphan', 'protect'] as const satisfies readonly DeletionPolicy[];

/** What `metadata.id` must be, in words. */
export const expectedId = '32 hexadecimal digits, with or without dashes';

const metadata = group(
  {
    name: text("The application's name at Vonage; unique within the account's manifests."),
    id: text(
      'Pins the manifest to exactly this application: 32 hexadecimal digits, with or without dashes.',
      expectedId,
    ).optional(),
    formerly: list(
      text('An earlier name.'),
      'Earlier names: makes a rename an update. An empty list says that this is a new application.',
    ).optional(),
    labels: textMap('For selecting manifests on the command line.').optional(),
    deletionPolicy: choice(
      deletionPolicies,
      'What happens to the application when the manifest is removed: it is deleted, no longer managed, or protected from deletion.',
    ).optional(),
    reconcile: choice(['enabled', 'paused'], 'Whether the application is reconciled with the manifest.').optional(),
    ignore: list(
      text('A JSON pointer (RFC 6901) into spec, such as /capabilities/voice/region.'),
      'Fields that are ignored.',
    ).optional(),
  },
  'Metadata of the manifest. Never sent to Vonage, except for the name.',
);

const spec = group(
  {
    privacy: group(
      { improve_ai: flag('Whether Vonage may use the content to improve its models.').optional() },
      'Privacy settings.',
    ).optional(),
    keys: group(
      {
        public_key: text('RSA public key, PEM (SPKI). Without one, a key pair is generated at creation.').optional(),
        public_key_file: text('Path of a file with the public key, relative to the manifest.').optional(),
      },
      "The application's public key.",
    ).optional(),
    capabilities: capabilitiesSchema.optional(),
  },
  "The Application API's request body, without the name.",
);

/** A manifest as it is written, after variables were filled in. */
export const applicationSchema = group(
  {
    $schema: text('URL of this schema, for editors.').optional(),
    apiVersion: choice([apiVersion], 'Format of this document.'),
    kind: choice(['Application'], 'What this document declares.'),
    metadata,
    spec,
  },
  'One Vonage application, managed by vonage-gitops.',
);

/** Tokens of a place inside a document. */
export type Path = readonly (string | number)[];

function below(schema: unknown, token: string | number): unknown {
  const bare = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  if (bare instanceof z.ZodObject) return Object.hasOwn(bare.shape, token) ? bare.shape[token] : undefined;
  if (bare instanceof z.ZodRecord) return bare.valueType;
  return bare instanceof z.ZodArray ? bare.element : undefined;
}

function schemaAt(path: Path): unknown {
  const found = path.reduce<unknown>(below, applicationSchema);
  return found instanceof z.ZodOptional ? found.unwrap() : found;
}

/** Names of the members allowed at a path; none when the path is unknown or holds no object. */
export function membersAt(path: Path): readonly string[] {
  const schema = schemaAt(path);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** What is allowed at a path the schema knows, in words. */
export function expectedAt(path: Path): string {
  const schema = schemaAt(path);
  return schema instanceof z.ZodType ? `${expectations.get(schema)?.expected}` : 'nothing';
}

/** The JSON Schema (draft 7) of a manifest, for editors. What it cannot say is checked when manifests are loaded. */
export function applicationJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(applicationSchema, { io: 'input', target: 'draft-7' });
  return { $schema, title: schemaTitle, ...schema };
}
