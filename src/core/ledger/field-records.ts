import { type Json, jsonEquals } from '../json.ts';
import type { Pointer } from '../pointer.ts';
import type { FieldRecords, Unproven } from './ledger.ts';

/** The path of the one record that stands for every field of a new application; what was sent is its manifest's hash. */
export const wholeBody: Pointer = '';

/** Nothing is known. */
export const noFieldRecords: FieldRecords = { normalised: [], unproven: [] };

/** Every field of a new application was sent, and not read since. */
export function wholeRecord(manifestHash: string): Unproven {
  return { path: wholeBody, sent: manifestHash, echoed: manifestHash, writes: 1 };
}

/** Whether both say the same. */
export function sameFieldRecords(one: FieldRecords, other: FieldRecords): boolean {
  return jsonEquals(asJson(one), asJson(other));
}

function asJson({ normalised, unproven }: FieldRecords): Json {
  return [
    normalised.map(({ path, sent, echoed, since, triedAt }) => [path, sent, echoed, since, triedAt]),
    unproven.map(({ path, sent, echoed, before = null, read = null, writes }) => [
      path,
      sent,
      echoed,
      before,
      read,
      writes,
    ]),
  ];
}
