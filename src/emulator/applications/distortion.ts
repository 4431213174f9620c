import type { FaultAction } from '../faults/fault-rule.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import type { Account } from './account.ts';
import { listBody } from './listing.ts';
import { generatePems } from './pem.ts';
import type { Switches } from './switches.ts';

/** What a distortion starts from: the true body of a 2xx response, and what a PUT replaced. */
export interface Truth {
  readonly body: JsonObject;
  /** The application the request was about; undefined for a list. */
  readonly id: string | undefined;
  /** The application's body before a PUT. */
  readonly before: JsonObject | undefined;
}

/** The body that is sent instead of the true one: the true one, unless the fault says otherwise. */
export async function distorted(
  { body, id, before }: Truth,
  fault: FaultAction | undefined,
  { account, switches }: { readonly account: Account; readonly switches: Switches },
): Promise<JsonObject> {
  switch (fault?.kind) {
    case 'foreign-body':
      return id === undefined ? body : account.bodyOfAnother(id);
    case 'stale-body':
      return before ?? body;
    case 'no-key': {
      const { keys: _, ...rest } = body;
      return rest;
    }
    case 'other-key':
      return { ...body, keys: { ...objectOf(body['keys']), public_key: (await generatePems()).publicKey } };
    case 'total':
      return withTotal(body, fault.items, switches);
    case 'short-page':
      return { ...body, _embedded: { applications: itemsOf(body).slice(0, fault.items ?? 0) } };
    default:
      return body;
  }
}

/** A page that claims this total or none, with the number of pages and the links that follow from it where it is a number. */
function withTotal(body: JsonObject, items: number | string | undefined, switches: Switches): JsonObject {
  const { page, page_size: pageSize, total_items: _, ...rest } = body;
  if (items === undefined) return rest;
  const total = Number(items);
  if (typeof page !== 'number' || typeof pageSize !== 'number') return body;
  if (!Number.isFinite(total)) return { ...body, total_items: items };
  return { ...listBody({ page, pageSize }, total, itemsOf(body), switches), total_items: items };
}

function itemsOf(body: JsonObject): readonly Json[] {
  const items = objectOf(body['_embedded'])['applications'];
  return Array.isArray(items) ? items : [];
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
