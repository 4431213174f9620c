import type { ApplicationId } from '../core/application/application.ts';
import { ReconcilerError } from '../core/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { type Pointer, pointerOf, pointerTokens, valueAt, withValueAt } from '../core/pointer.ts';
import type { ApplicationWriter } from './ports.ts';

/** Fields the API may refuse one after another before a write is given up. */
export const mostLeftOut = 8;

/** A body that replaces an application. */
interface Replacement {
  readonly id: ApplicationId;
  readonly body: JsonObject;
  /** What of it must be sent; the rest is only carried over. */
  readonly declared: JsonObject;
}

/** What was sent in the end, and what came back. */
interface Replaced {
  readonly sent: JsonObject;
  readonly response: JsonObject;
  /** Fields that the API did not take back. */
  readonly leftOut: readonly Pointer[];
}

/**
 * PUT. Fields that are only carried over and that the API does not take back are left out, one refusal after another, eight at most.
 * @throws {ReconcilerError} as the last PUT
 */
export async function replaceWithoutRefused(
  { id, body, declared }: Replacement,
  api: ApplicationWriter,
  signal?: AbortSignal,
): Promise<Replaced> {
  const leftOut: Pointer[] = [];
  let sent = body;
  for (let refusals = 0; ; refusals += 1) {
    try {
      const { body: response } = await api.replace(id, sent, signal);
      return { sent, response, leftOut };
    } catch (error) {
      const refused = undeclaredPointers(sent, declared, unknownMemberOf(error));
      if (refused.length === 0 || refusals === mostLeftOut) throw error;
      leftOut.push(...refused);
      sent = refused.reduce((smaller, pointer) => withValueAt(smaller, pointer, undefined), sent);
    }
  }
}

function unknownMemberOf(error: unknown): string | undefined {
  if (!(error instanceof ReconcilerError) || error.code !== 'E_API_REJECTED') return undefined;
  return typeof error.details.unknownMember === 'string' ? error.details.unknownMember : undefined;
}

/** Where a member of that name stands in the body without being declared. */
function undeclaredPointers(body: JsonObject, declared: JsonObject, member: string | undefined): readonly Pointer[] {
  if (member === undefined) return [];
  return pointersIn(body, '').filter(
    (pointer) => pointerTokens(pointer).at(-1) === member && valueAt(declared, pointer) === undefined,
  );
}

function pointersIn(value: Json, path: Pointer): readonly Pointer[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([member, inner]) => {
    const pointer = `${path}${pointerOf([member])}`;
    return [pointer, ...pointersIn(inner, pointer)];
  });
}
