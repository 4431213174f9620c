import { randomUUID } from 'node:crypto';
import type { FaultAction } from '../faults/fault-rule.ts';
import { isObject, type Json, type JsonObject, mergePatch } from '../json.ts';
import { applicationShape, type Dialect } from './application-shape.ts';
import { listBody, readPage } from './listing.ts';
import { generatePems } from './pem.ts';
import type { Problem } from './problem.ts';
import {
  type ApplicationRecord,
  answerBody,
  createdRecord,
  foreignRecord,
  listItem,
  replacedRecord,
} from './record.ts';
import { SEED_PUBLIC_KEY, seedBody, seedId } from './seed.ts';
import type { Store, StoreView } from './store.ts';
import type { Switches } from './switches.ts';
import { inspect, withoutUnknown } from './validate.ts';

/** What an operation comes to. */
export type Outcome =
  | { readonly status: 200 | 201; readonly body: JsonObject; readonly id?: string }
  | { readonly status: 204 }
  | { readonly problem: Problem };

/** The five operations on one account, and what other writers do to it. Knows nothing of HTTP. */
export class Account {
  readonly #store: Store;
  readonly #dialect: Dialect;
  readonly #switches: Switches;
  #seeded = 0;
  #foreignWrites = 0;

  constructor(store: Store, dialect: Dialect, switches: Switches) {
    this.#store = store;
    this.#dialect = dialect;
    this.#switches = switches;
  }

  /** One page of the applications in this view. */
  list(query: URLSearchParams, view: StoreView): Outcome {
    const read = readPage(query, this.#switches);
    if ('invalid' in read) return { problem: { kind: 'list-validation', invalid: read.invalid } };
    const listed = view.listed();
    const from = (read.page.page - 1) * read.page.pageSize;
    const keys = this.#switches.listKeys ? 'with-keys' : 'without-keys';
    const items = listed.slice(from, from + read.page.pageSize).map((one) => listItem(one, this.#dialect, keys));
    return { status: 200, body: listBody(read.page, listed.length, items, this.#switches) };
  }

  /** One application of this view. */
  get(id: string, view: StoreView): Outcome {
    const record = view.get(id);
    if (record === undefined) return { problem: { kind: 'not-found', id } };
    return { status: 200, body: answerBody(record, this.#dialect), id: record.id };
  }

  /** A new application; a key pair is generated unless the body brings a public key. */
  async create(body: Json): Promise<Outcome> {
    const checked = this.#check(body, 'create');
    if ('problem' in checked) return checked;
    const { id, ...application } = checked.body;
    const own = typeof id === 'string' && this.#switches.idInPost === 'honored' ? id : undefined;
    const pair = hasKey(application) ? undefined : await generatePems();
    if (own !== undefined && this.#store.get(own) !== undefined) {
      return { problem: { kind: 'payload-validation', invalid: [{ name: 'id', reason: 'must be unique' }] } };
    }
    const record = createdRecord(application, own ?? randomUUID(), pair?.publicKey, this.#switches);
    this.#store.put(record);
    return { status: 201, body: answerBody(record, this.#dialect, pair?.privateKey), id: record.id };
  }

  /** Replace an application, or only answer as if. The body is looked at before the id. */
  replace(id: string, body: Json, effect: 'stored' | 'not-stored'): Outcome {
    const checked = this.#check(body, 'update');
    if ('problem' in checked) return checked;
    const before = this.#store.get(id);
    if (before === undefined) return { problem: { kind: 'not-found', id } };
    const record = replacedRecord(checked.body, before, this.#switches);
    if (effect === 'stored') this.#store.put(record);
    return { status: 200, body: answerBody(record, this.#dialect), id: record.id };
  }

  /** Another application of the account as a response shows it, an invented one if there is no other. */
  bodyOfAnother(id: string): JsonObject {
    const known = this.#store.all().find((record) => record.id !== id);
    const invented = () => createdRecord(seedBody(0), seedId(0), SEED_PUBLIC_KEY, this.#switches);
    return answerBody(known ?? invented(), this.#dialect);
  }

  /** Delete an application. */
  remove(id: string): Outcome {
    return this.#store.remove(id) ? { status: 204 } : { problem: { kind: 'not-found', id } };
  }

  /** Add applications as if created, and long ago: so many invented ones, or these bodies, unchecked. Returns their ids. */
  seed(what: number | readonly JsonObject[]): string[] {
    const records = this.#seedRecords(what);
    this.#store.putAll(records);
    return records.map((record) => record.id);
  }

  /** Another writer stores this body as it is, creating the application if need be. */
  foreignPut(id: string, body: JsonObject): void {
    this.#store.put(foreignRecord(body, this.#store.get(id)?.id ?? id, this.#store.get(id)));
  }

  /** Another writer changes an application by a merge patch; without one it sets an inbound webhook of its own. */
  foreignPatch(id: string, patch: JsonObject | undefined): void {
    const before = this.#store.get(id);
    if (before === undefined) return;
    this.#foreignWrites += 1;
    const inbound = { address: `https://foreign-writer.example.com/${this.#foreignWrites}`, http_method: 'POST' };
    const change = patch ?? { capabilities: { messages: { webhooks: { inbound_url: inbound } } } };
    const { privacy } = before;
    const live = {
      name: before.name,
      capabilities: before.capabilities,
      ...(privacy ? { privacy } : {}),
      ...before.extra,
    };
    const merged = mergePatch(live, change);
    if (isObject(merged)) this.#store.put({ ...foreignRecord(merged, before.id, before), spelling: before.spelling });
  }

  /** Another writer deletes one application of the page just read and creates one: later pages move up by one. */
  shiftPage(page: Json | undefined, { victim }: Extract<FaultAction, { kind: 'page-shift' }>): void {
    const items = Array.isArray(page) ? page.filter(isObject) : [];
    const named = this.#store.all().find((record) => record.id === victim || record.name === victim);
    const id = victim === undefined ? items[0]?.['id'] : named?.id;
    if (typeof id === 'string') this.#store.remove(id);
    for (const record of this.#seedRecords(1)) this.#store.put(record);
  }

  /** Seeding starts anew at 1, and nothing is there. */
  reset(): void {
    this.#seeded = 0;
    this.#foreignWrites = 0;
    this.#store.clear();
  }

  #seedRecords(what: number | readonly JsonObject[]): readonly ApplicationRecord[] {
    const records: ApplicationRecord[] = [];
    const bodies = typeof what === 'number' ? Array.from({ length: what }, () => undefined) : what;
    for (const body of bodies) {
      this.#seeded += 1;
      const id = body?.['id'];
      const keyless = isObject(body?.['keys']) && !hasKey(body);
      records.push(
        createdRecord(
          body ?? seedBody(this.#seeded),
          typeof id === 'string' ? id : seedId(this.#seeded),
          keyless ? undefined : SEED_PUBLIC_KEY,
          this.#switches,
        ),
      );
    }
    return records;
  }

  #check(body: Json, operation: 'create' | 'update'): { body: JsonObject } | { problem: Problem } {
    const invalid = (name: string) => ({ name, reason: 'must be an object' });
    if (!isObject(body)) return { problem: { kind: 'payload-validation', invalid: [invalid('body')] } };
    if (Array.isArray(body['capabilities'])) return { problem: this.#capabilitiesArray() };
    const shape = applicationShape(operation, this.#dialect, this.#switches);
    const findings = inspect(body, shape, this.#switches);
    if (findings.unknown !== undefined) return { problem: { kind: 'unknown-member', unknown: findings.unknown } };
    if (findings.invalid.length > 0) return { problem: { kind: 'payload-validation', invalid: findings.invalid } };
    const known = this.#switches.unknownMembers === 'drop' ? withoutUnknown(body, shape) : body;
    return { body: isObject(known) ? known : {} };
  }

  #capabilitiesArray(): Problem {
    if (this.#switches.capabilitiesArray === 500) return { kind: 'internal-error' };
    return { kind: 'payload-validation', invalid: [{ name: 'capabilities', reason: 'must be an object' }] };
  }
}

function hasKey(body: JsonObject | undefined): boolean {
  return isObject(body?.['keys']) && typeof body['keys']['public_key'] === 'string';
}
