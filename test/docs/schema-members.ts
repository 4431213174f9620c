/** A member of a JSON Schema. */
export interface Member {
  /** Dotted, with `[]` behind lists. */
  readonly path: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly required: boolean;
  readonly description: string;
}

/** Every member of a JSON Schema, those of lists and of alternatives included. */
export function membersOf(schema: unknown, prefix = ''): readonly Member[] {
  if (!isObject(schema)) return [];
  const inList = isObject(schema['items']) ? membersOf(schema['items'], `${prefix}[]`) : [];
  const alternatives = [schema['anyOf'], schema['oneOf']].flatMap((list) => (Array.isArray(list) ? list : []));
  return [
    ...inList,
    ...alternatives.flatMap((alternative) => membersOf(alternative, prefix)),
    ...Object.entries(isObject(schema['properties']) ? schema['properties'] : {}).flatMap(([name, inner]) => {
      if (!isObject(inner)) return [];
      const path = prefix === '' ? name : `${prefix}.${name}`;
      const required = Array.isArray(schema['required']) && schema['required'].includes(name);
      const member = { path, schema: inner, required, description: String(inner['description'] ?? '') };
      return [member, ...membersOf(inner, path)];
    }),
  ];
}

/** Type and range of a member, in words. */
export function rangeOf(schema: Readonly<Record<string, unknown>>): string {
  const { type, enum: choices, const: only, minimum, maximum, items } = schema;
  if (only !== undefined) return `\`${String(only)}\``;
  if (Array.isArray(choices)) return choices.map((choice) => `\`${choice}\``).join(', ');
  if (type === 'array') return isObject(items) && items['type'] !== undefined ? `list of ${rangeOf(items)}` : 'list';
  if (type === 'boolean') return '`true`, `false`';
  if (type === 'string') return schema['pattern'] !== undefined && schema['pattern'] === url ? 'URL' : 'text';
  if (type !== 'integer' && type !== 'number') return type === undefined ? 'see the text' : String(type);
  const kind = type === 'integer' ? 'whole number' : 'number';
  const isBounded = typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER;
  return isBounded ? `${kind}, ${minimum} to ${maximum}` : `${kind}, ${minimum} or more`;
}

const url = '^[Hh][Tt][Tt][Pp][Ss]?:\\/\\/.';

/** Whether a value is an object and no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
