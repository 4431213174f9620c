import { type JsonObject, mapMembers, mapObjectMember, objectMember, omitMembers } from '../json.ts';
import { patchKind } from '../manifest/schema.ts';

/** The JSON Schema (draft 7) of a patch, for editors: that of a manifest, of which anything may be missing, and null removes. */
export function patchJsonSchema(manifest: JsonObject): JsonObject {
  const properties = objectMember(manifest, 'properties');
  const metadata = relaxed(objectMember(properties, 'metadata'));
  const name = objectMember(objectMember(objectMember(properties, 'metadata'), 'properties'), 'name');
  return {
    ...manifest,
    title: 'Patch of a Vonage application manifest (vonage-gitops/v1)',
    description:
      'What a layer changes in an application of an earlier layer: objects merge, lists and scalars replace, null removes.',
    properties: {
      ...properties,
      kind: { type: 'string', const: patchKind, description: 'What this document declares.' },
      metadata: {
        ...metadata,
        properties: {
          ...objectMember(metadata, 'properties'),
          name: { ...name, description: 'Name of the application, as its manifest has it.' },
        },
        required: ['name'],
        description: 'The name says which application is changed; everything else changes its metadata.',
      },
      spec: relaxed(objectMember(properties, 'spec')),
    },
    required: ['apiVersion', 'kind', 'metadata'],
  };
}

/** The schema of a value without what it requires; its members may be null. */
function relaxed(schema: JsonObject): JsonObject {
  const named = mapObjectMember(omitMembers(schema, ['required']), 'properties', (properties) =>
    mapMembers(properties, (name) => removable(objectMember(properties, name))),
  );
  return mapObjectMember(named, 'additionalProperties', removable);
}

function removable(schema: JsonObject): JsonObject {
  return mapMembers(relaxed(schema), (word, value) => {
    if (word === 'type') return [value, 'null'];
    return word === 'enum' ? [value, null].flat() : value;
  });
}
