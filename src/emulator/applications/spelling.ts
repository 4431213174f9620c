import { isObject, type Json, type JsonObject, mapMembers, membersOf } from '../json.ts';
import type { Dialect, Spelling } from './application-shape.ts';

/** The spelling a body used last, undefined if it set no connect timeout. */
export function spellingOf(capabilities: Json | undefined): Spelling | undefined {
  let spelling: Spelling | undefined;
  for (const [, hook] of membersOf(voiceHooks(capabilities))) {
    for (const [name] of membersOf(hook)) {
      if (name === 'connect_timeout' || name === 'connection_timeout') spelling = name;
    }
  }
  return spelling;
}

/** The spelling an application is answered in: its own where the dialect knows both. */
export function echoSpelling(dialect: Dialect, written: Spelling): Spelling {
  switch (dialect) {
    case 'both':
      return written;
    case 'live':
      return 'connect_timeout';
    case 'documented':
      return 'connection_timeout';
  }
}

/** The same capabilities with every connect timeout of voice webhooks spelt this way. */
export function spell(capabilities: JsonObject, spelling: Spelling): JsonObject {
  const voice = capabilities['voice'];
  const hooks = voiceHooks(capabilities);
  if (!isObject(voice) || !isObject(hooks)) return capabilities;
  const webhooks = mapMembers(hooks, (_, hook) => (isObject(hook) ? respell(hook, spelling) : hook));
  return { ...capabilities, voice: { ...voice, webhooks } };
}

function respell(hook: JsonObject, spelling: Spelling): JsonObject {
  const { connect_timeout, connection_timeout, ...rest } = hook;
  const timeout = connect_timeout ?? connection_timeout;
  return timeout === undefined ? hook : { ...rest, [spelling]: timeout };
}

function voiceHooks(capabilities: Json | undefined): Json | undefined {
  const voice = isObject(capabilities) ? capabilities['voice'] : undefined;
  return isObject(voice) ? voice['webhooks'] : undefined;
}
