import type { ApplicationId } from '../core/application/application.ts';
import { isJsonObject, type Json, type JsonObject, mapMembers, mapObjectMember } from '../core/json.ts';

/**
 * The two names of a webhook's connection timeout: the live API takes `connect_timeout` (vonage-dotnet-sdk issue 625), older
 * documents say `connection_timeout`.
 */
export type TimeoutSpelling = 'connect_timeout' | 'connection_timeout';

/** The other one. */
export function otherSpelling(spelling: TimeoutSpelling): TimeoutSpelling {
  return spelling === 'connect_timeout' ? 'connection_timeout' : 'connect_timeout';
}

/** The spelling a body's webhooks use, the live API's own where they differ; undefined when no webhook has a connection timeout. */
function spellingOf(body: JsonObject): TimeoutSpelling | undefined {
  const found = new Set(hooksOf(body).flatMap((hook) => Object.keys(hook)));
  if (found.has('connect_timeout')) return 'connect_timeout';
  return found.has('connection_timeout') ? 'connection_timeout' : undefined;
}

/** The body with every webhook's connection timeout spelt that way; a webhook that has both keeps the one already so spelt. */
export function respell(body: JsonObject, spelling: TimeoutSpelling): JsonObject {
  return mapObjectMember(body, 'capabilities', (capabilities) =>
    mapObjects(capabilities, (capability) =>
      mapObjectMember(capability, 'webhooks', (webhooks) =>
        mapObjects(webhooks, (hook) => respellHook(hook, spelling)),
      ),
    ),
  );
}

/** What an account was seen to spell, per application and as a whole. */
export class SpellingMemory {
  readonly #applications = new Map<ApplicationId, TimeoutSpelling>();
  #account: TimeoutSpelling | undefined;
  #refused: TimeoutSpelling | undefined;

  /** The API showed this application so. */
  shown(id: ApplicationId, body: JsonObject): void {
    const spelling = spellingOf(body);
    if (spelling === undefined) return;
    this.#applications.set(id, spelling);
    // An account may hold both: the live API's own name wins for applications that show neither.
    if (this.#account !== 'connect_timeout') this.#account = spelling;
  }

  /** The API took one spelling after refusing the other by name; echoes of the refused one do not bring it back. */
  learnt(id: ApplicationId | undefined, accepted: TimeoutSpelling): void {
    if (id !== undefined) this.#applications.set(id, accepted);
    this.#account = accepted;
    this.#refused = otherSpelling(accepted);
  }

  /** How to spell a body for this application, or for a new one. */
  choose(id: ApplicationId | undefined): TimeoutSpelling {
    const own = id === undefined ? undefined : this.#applications.get(id);
    const choice = own ?? this.#account ?? 'connect_timeout';
    return choice === this.#refused ? otherSpelling(choice) : choice;
  }
}

function respellHook(hook: JsonObject, spelling: TimeoutSpelling): JsonObject {
  const other = otherSpelling(spelling);
  if (!Object.hasOwn(hook, other)) return hook;
  const kept = Object.hasOwn(hook, spelling);
  return Object.fromEntries(
    Object.entries(hook).flatMap(([member, value]): [string, Json][] => {
      if (member !== other) return [[member, value]];
      return kept ? [] : [[spelling, value]];
    }),
  );
}

function hooksOf(body: JsonObject): readonly JsonObject[] {
  return objectsIn(body['capabilities']).flatMap((capability) => objectsIn(capability['webhooks']));
}

function objectsIn(value: Json | undefined): readonly JsonObject[] {
  return isJsonObject(value) ? Object.values(value).filter((member) => isJsonObject(member)) : [];
}

function mapObjects(object: JsonObject, change: (value: JsonObject) => JsonObject): JsonObject {
  return mapMembers(object, (_, value) => (isJsonObject(value) ? change(value) : value));
}
