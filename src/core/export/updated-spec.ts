import { canonical } from '../application/canonical.ts';
import { knownCapabilities } from '../application/capabilities.ts';
import { isJsonObject, type Json, type JsonObject, jsonEquals, mapMembers, objectMember, ownMember } from '../json.ts';
import { spellTimeouts, upperCaseMethods } from '../manifest/rules-spec.ts';
import { isWithin, type Pointer, pointerOf, pointerTokens, valueAt } from '../pointer.ts';
import { isSensitiveMember } from '../redact/redact-value.ts';
import { fillsIn } from './server-values.ts';

/** What a manifest says of its application now. */
export interface DeclaredSpec {
  /** As it is written, with placeholders. */
  readonly written: JsonObject;
  /** With its placeholders filled in, as far as they can be. */
  readonly filled: JsonObject;
  /** The public key it brings, in a file of its own or not. */
  readonly publicKey: string | undefined;
  /** Pointers into the spec that are left as they are live. */
  readonly ignore: readonly Pointer[];
}

/** What is live. */
export interface LiveSpec {
  readonly body: JsonObject;
  /** All of the body that can be declared. */
  readonly spec: JsonObject;
}

/** Something that an update leaves for a person to do. */
export interface LeftToDo {
  /** Into the spec. */
  readonly pointer: Pointer;
  readonly what: string;
}

/** Finds out how live values are written. */
export interface LiveWriter {
  /** A live value where none, or one without placeholders, stood. */
  readonly write: (pointer: Pointer, value: Json) => Json;
  /** A live text where one with placeholders stands: what to write, and what is left to do. */
  readonly rewrite: (pointer: Pointer, written: string, live: Json) => Rewritten;
}

/** What is written in the place of a text with placeholders. */
export interface Rewritten {
  readonly written: Json;
  readonly toDo?: string;
}

/** The spec as it must be written so that it says what is live. */
export interface UpdatedSpec {
  readonly written: JsonObject;
  readonly toDo: readonly LeftToDo[];
}

/**
 * A manifest's spec brought up to what is live: what means the same stays as it is written, what is not live goes, what the manifest leaves
 * out comes, but for what it ignores and for values that the server fills in by itself.
 */
export function updatedSpec(declared: DeclaredSpec, live: LiveSpec, writer: LiveWriter): UpdatedSpec {
  return new SpecUpdate(declared, live, writer).update();
}

/** A value at one place: as it is written, as it is filled in, and what is live there. */
interface Sides {
  readonly written: Json;
  readonly filled: Json | undefined;
  readonly live: Json | undefined;
}

class SpecUpdate {
  readonly #declared: DeclaredSpec;
  readonly #live: LiveSpec;
  readonly #writer: LiveWriter;
  readonly #before: JsonObject;
  readonly #after: JsonObject;
  readonly #toDo: LeftToDo[] = [];

  constructor(declared: DeclaredSpec, live: LiveSpec, writer: LiveWriter) {
    this.#declared = declared;
    this.#live = live;
    this.#writer = writer;
    const { filled, publicKey } = declared;
    const key = publicKey === undefined ? {} : { keys: { public_key: publicKey } };
    this.#before = canonical({ ...spellTimeouts(upperCaseMethods(filled)), ...key });
    this.#after = canonical(live.body);
  }

  update(): UpdatedSpec {
    const { written, filled } = this.#declared;
    return { written: this.#object('', written, filled, this.#live.spec), toDo: this.#toDo };
  }

  #object(pointer: Pointer, written: JsonObject, filled: JsonObject, live: JsonObject): JsonObject {
    const earlier = Object.hasOwn(written, 'connection_timeout');
    const spelling = (member: string) => (earlier && member === 'connection_timeout' ? 'connect_timeout' : member);
    const stay = mapMembers(written, (member, value) => {
      const name = spelling(member);
      const sides = { written: value, filled: ownMember(filled, member), live: ownMember(live, name) };
      return this.#member(`${pointer}${pointerOf([name])}`, sides);
    });
    const come = mapMembers(live, (member, value) => {
      const isThere = Object.keys(written).some((name) => spelling(name) === member);
      return isThere ? undefined : this.#added(`${pointer}${pointerOf([member])}`, value);
    });
    return { ...stay, ...come };
  }

  #member(pointer: Pointer, sides: Sides): Json | undefined {
    const { written, filled, live } = sides;
    if (this.#declared.ignore.some((ignored) => isWithin(pointer, ignored))) return written;
    if (pointer === '/keys') return this.#keys(written);
    if (isJsonObject(written) && isJsonObject(filled) && isJsonObject(live)) {
      return this.#object(pointer, written, filled, live);
    }
    if (typeof written === 'string' && written.includes('${')) return this.#text(pointer, written, sides);
    if (jsonEquals(valueAt(this.#before, pointer), valueAt(this.#after, pointer))) return written;
    return this.#value(pointer, sides, live ?? this.#standard(pointer));
  }

  #value(pointer: Pointer, { written, filled }: Sides, live: Json | undefined): Json | undefined {
    if (live === undefined) return this.#gone(pointer, written);
    if (Array.isArray(written) && Array.isArray(live) && written.length === live.length) {
      return live.map((item, index) =>
        this.#item(`${pointer}/${index}`, written[index], partOf(filled, String(index)), item),
      );
    }
    return this.#writer.write(pointer, live);
  }

  /** In a list: canonical forms do not reach into it. */
  #item(pointer: Pointer, written: Json, filled: Json | undefined, live: Json): Json {
    if (jsonEquals(filled, live)) return written;
    if (isJsonObject(written) && isJsonObject(live)) {
      const stay = mapMembers(written, (member, value) => {
        const inner = ownMember(live, member);
        const place = `${pointer}${pointerOf([member])}`;
        return inner === undefined ? undefined : this.#item(place, value, partOf(filled, member), inner);
      });
      const come = mapMembers(live, (member, value) =>
        Object.hasOwn(written, member) ? undefined : this.#writer.write(`${pointer}${pointerOf([member])}`, value),
      );
      return { ...stay, ...come };
    }
    if (typeof written === 'string' && written.includes('${')) return this.#rewritten(pointer, written, live);
    return this.#writer.write(pointer, live);
  }

  #text(pointer: Pointer, written: string, { filled, live }: Sides): Json | undefined {
    const value = live ?? this.#standard(pointer);
    const isSame = jsonEquals(valueAt(this.#before, pointer), valueAt(this.#after, pointer));
    if (isSame && filled !== written) return written;
    return value === undefined ? this.#gone(pointer, written) : this.#rewritten(pointer, written, value);
  }

  #rewritten(pointer: Pointer, written: string, live: Json): Json {
    const { written: rewritten, toDo } = this.#writer.rewrite(pointer, written, live);
    if (toDo !== undefined) this.#toDo.push({ pointer, what: toDo });
    return rewritten;
  }

  /** A secret may be there without being shown, and a part may be ignored; everything else that is not live goes. */
  #gone(pointer: Pointer, written: Json): Json | undefined {
    const inside = this.#declared.ignore.filter((ignored) => isWithin(ignored, pointer));
    if (inside.some((ignored) => valueAt(this.#live.body, ignored) !== undefined)) return written;
    if (!isJsonObject(written) && isSensitiveMember(pointer)) {
      this.#toDo.push({ pointer, what: 'the API does not show it: it was left as it is' });
      return written;
    }
    if (valueAt(this.#after, pointer) !== undefined) {
      this.#toDo.push({ pointer, what: 'no manifest can declare its live value: it is no longer declared' });
    }
    return undefined;
  }

  /** What the server takes for a webhook's setting that is absent. */
  #standard(pointer: Pointer): Json | undefined {
    const [, capability, , hook, ...member] = pointerTokens(pointer);
    return hookDefaults.get(`${capability} ${hook} ${member.join('/')}`);
  }

  #keys(written: Json): Json | undefined {
    const [before, after] = [this.#before, this.#after].map((form) => valueAt(form, '/keys'));
    if (jsonEquals(before, after)) return written;
    const live = ownMember(objectMember(this.#live.body, 'keys'), 'public_key');
    if (isJsonObject(written) && Object.hasOwn(written, 'public_key_file')) {
      this.#toDo.push({
        pointer: '/keys/public_key_file',
        what: 'the file holds another public key than the application has',
      });
      return written;
    }
    return live === undefined || live === '' ? undefined : { public_key: this.#writer.write('/keys/public_key', live) };
  }

  #added(pointer: Pointer, live: Json): Json | undefined {
    if (this.#declared.ignore.some((ignored) => isWithin(pointer, ignored))) return undefined;
    if (valueAt(this.#after, pointer) === undefined || fillsIn(pointer, live)) return undefined;
    return this.#writer.write(pointer, this.#withoutIgnored(pointer, live));
  }

  #withoutIgnored(pointer: Pointer, value: Json): Json {
    if (!isJsonObject(value) || !this.#declared.ignore.some((ignored) => isWithin(ignored, pointer))) return value;
    return mapMembers(value, (member, inner) => {
      const place = `${pointer}${pointerOf([member])}`;
      if (this.#declared.ignore.some((ignored) => isWithin(place, ignored))) return undefined;
      return this.#withoutIgnored(place, inner);
    });
  }
}

const hookDefaults: ReadonlyMap<string, Json> = new Map(
  Object.entries(knownCapabilities).flatMap(([capability, { webhooks }]) =>
    Object.entries(webhooks).flatMap(([hook, { defaults }]) =>
      Object.entries(defaults).map(([member, value]): [string, Json] => [`${capability} ${hook} ${member}`, value]),
    ),
  ),
);

/** An own member of an object, or an item of a list. */
function partOf(value: Json | undefined, name: string): Json | undefined {
  return new Map<string, Json>(Object.entries(Object(value))).get(name);
}
