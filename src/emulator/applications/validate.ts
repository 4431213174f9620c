import { isObject, type Json, type JsonObject } from '../json.ts';
import { isPublicKey } from './pem.ts';
import type { InvalidParameter, UnknownMember } from './problem.ts';
import type { Shape } from './shape.ts';
import type { Switches } from './switches.ts';

/** What is wrong with a body: the first unknown member, and every wrong one by dotted name. */
export interface Findings {
  readonly unknown: UnknownMember | undefined;
  readonly invalid: readonly InvalidParameter[];
}

/** Hold a body against its shape. The name is the one member that must be there. */
export function inspect(body: JsonObject, shape: Shape, switches: Switches): Findings {
  const walk: Walk = { unknown: undefined, invalid: [], switches };
  if (!Object.hasOwn(body, 'name')) walk.invalid.push({ name: 'name', reason: 'must not be blank' });
  visit(body, shape, '', walk);
  return walk;
}

/** The body without the members its shape does not have. */
export function withoutUnknown(value: Json, shape: Shape): Json {
  if (shape.kind === 'array' && Array.isArray(value)) return value.map((item) => withoutUnknown(item, shape.of));
  if (shape.kind !== 'object' || !isObject(value)) return value;
  const known: [string, Json][] = [];
  for (const [name, member] of Object.entries(value)) {
    const memberShape = own(shape.members, name);
    if (memberShape !== undefined) known.push([name, withoutUnknown(member, memberShape)]);
  }
  return Object.fromEntries(known);
}

interface Walk {
  unknown: UnknownMember | undefined;
  readonly invalid: InvalidParameter[];
  readonly switches: Switches;
}

function visit(value: Json, shape: Shape, path: string, walk: Walk): void {
  if (shape.kind === 'object' && isObject(value)) {
    visitMembers(value, shape, path, walk);
  } else if (shape.kind === 'array' && Array.isArray(value)) {
    value.forEach((item, index) => {
      visit(item, shape.of, `${path}.${index}`, walk);
    });
  } else if (!fits(value, shape, walk.switches)) {
    walk.invalid.push({ name: path, reason: demand(value, shape) });
  }
}

function visitMembers(value: JsonObject, shape: Extract<Shape, { kind: 'object' }>, path: string, walk: Walk): void {
  const twins = shape.exclusive?.filter((name) => Object.hasOwn(value, name)) ?? [];
  const [first, second] = twins;
  if (first !== undefined && second !== undefined) {
    walk.invalid.push({ name: join(path, second), reason: `must not be combined with ${first}` });
  }
  for (const [name, member] of Object.entries(value)) {
    const memberShape = own(shape.members, name);
    if (memberShape !== undefined) visit(member, memberShape, join(path, name), walk);
    else if (walk.switches.unknownMembers === 'reject') walk.unknown ??= { name, known: Object.keys(shape.members) };
  }
}

function own(members: Readonly<Record<string, Shape>>, name: string): Shape | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function fits(value: Json, shape: Shape, switches: Switches): boolean {
  switch (shape.kind) {
    case 'any':
      return true;
    case 'string':
    case 'boolean':
      return typeof value === shape.kind;
    case 'name':
      return typeof value === 'string' && !isBlank(value);
    case 'url':
      return isUrl(value);
    case 'id':
      return isId(value);
    case 'enum':
      return shape.values.some((known) => known === value);
    case 'integer':
      return isInteger(value) && (switches.ranges === 'accept' || (value >= shape.min && value <= shape.max));
    case 'public-key':
      return value === null || (typeof value === 'string' && isPublicKey(value, switches.strictKeys));
    case 'array':
      return false; // arrays are looked into before
    case 'object':
      return value === null && shape.nullable === true; // objects, too
  }
}

/** What a value must be. The wording of `must be one of` and of ranges is Vonage's; the rest follows it. */
function demand(value: Json, shape: Shape): string {
  switch (shape.kind) {
    case 'enum':
      return `must be one of: ${shape.values.join(', ')}`;
    case 'integer':
      return isInteger(value) ? `must be between ${shape.min} and ${shape.max}` : DEMANDS.integer;
    default:
      return DEMANDS[shape.kind];
  }
}

const DEMANDS: Readonly<Record<Exclude<Shape['kind'], 'enum'>, string>> = {
  any: '',
  string: 'must be a string',
  boolean: 'must be a boolean',
  name: 'must not be blank',
  url: 'must be a valid URL',
  id: 'must be a UUID',
  integer: 'must be an integer',
  'public-key': 'must be a public key in PEM format',
  array: 'must be an array',
  object: 'must be an object',
};

/** White space, control characters and characters that are not shown are nothing to call an application by. */
function isBlank(name: string): boolean {
  return /^[\s\p{Cc}\p{Default_Ignorable_Code_Point}]*$/u.test(name);
}

function isInteger(value: Json): value is number {
  return typeof value === 'number' && Number.isInteger(value);
}

/** Empty occurs in the API's own answers for a hook that is not set, and may be sent back. */
function isUrl(value: Json): boolean {
  if (typeof value !== 'string') return false;
  return value === '' || (/^https?:\/\//i.test(value) && isParsedAsUrl(value));
}

/** Not by URL.canParse, which answers false for text outside ASCII once V8 has optimized its caller (seen with Node.js 20). */
function isParsedAsUrl(text: string): boolean {
  try {
    return new URL(text).href !== '';
  } catch {
    return false;
  }
}

function isId(value: Json): boolean {
  return typeof value === 'string' && /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i.test(value);
}
