import { knownCapabilities, type WebhookFacts } from '../application/capabilities.ts';
import { isBlankCapability, withoutNullMembers } from '../application/null-members.ts';
import { isJsonObject, type Json, type JsonObject, mapMembers, objectMember, ownMember } from '../json.ts';
import { dottedPath, type Pointer, pointerOf, pointerTokens, valueAt, withValueAt } from '../pointer.ts';
import { isSensitiveMember } from '../redact/redact-value.ts';
import { shownTextBy } from '../redact/scrubber.ts';
import { type RefusalOptions, refusals } from './refusals.ts';

/** A comment in the place of a member: a default of the server, or what cannot be declared. */
export interface Remark {
  /** The object it stands in. */
  readonly parent: Pointer;
  readonly member: string;
  /** What comes after `member: `. */
  readonly text: string;
}

/** What a manifest can say of a live application. */
export interface Declarable {
  readonly spec: JsonObject;
  /** What cannot be declared, and would be removed because its container is. */
  readonly ignore: readonly Pointer[];
  readonly remarks: readonly Remark[];
}

/** How much is declared. */
export interface DeclarableOptions extends RefusalOptions {
  readonly withKeys: boolean;
}

/** Members that the server fills in; declared, they would be sent, and refused. Source: fixtures of vonage-cli. */
const setByServer: ReadonlySet<Pointer> = new Set(
  ['environment_enabled', 'environment_id', 'hoolock_configs'].map((member) => `/capabilities/video/${member}`),
);

/**
 * Everything of a live body that a manifest can declare, in its one form. Containers are always there, so that what is added later
 * shows as drift. What manifests cannot have is left as it is live: by not declaring it, or where that would remove it, by ignoring it.
 */
export function declarable(body: JsonObject, options: DeclarableOptions): Declarable {
  const draft = new Draft(withoutNullMembers(body), options);
  let before: JsonObject | undefined;
  while (before !== draft.spec) {
    before = draft.spec;
    for (const { pointer, reason } of refusals(draft.spec, options)) draft.leaveOut(pointer, reason);
  }
  return draft;
}

/** A spec from which is taken what cannot stay. */
class Draft implements Declarable {
  spec: JsonObject;
  readonly ignore: Pointer[] = [];
  readonly remarks: Remark[] = [];
  readonly #passthrough: readonly string[];
  readonly #show: (text: string) => string;

  constructor(body: JsonObject, { withKeys, passthroughCapabilities, secrets }: DeclarableOptions) {
    this.#passthrough = passthroughCapabilities;
    this.#show = shownTextBy(secrets);
    const { privacy, capabilities = {} } = body;
    const key = ownMember(objectMember(body, 'keys'), 'public_key');
    this.spec = {
      ...(privacy === undefined || isEmpty(privacy) ? {} : { privacy }),
      ...(withKeys && key !== undefined && key !== '' ? { keys: { public_key: key } } : {}),
      capabilities: isJsonObject(capabilities) ? this.#capabilities(capabilities) : capabilities,
    };
  }

  /** The smallest part that can go: no item of a list alone, and no webhook without its address. */
  leaveOut(pointer: Pointer, reason: string): void {
    const gone = this.#whole(pointer);
    const value = valueAt(this.spec, gone);
    if (value === undefined) return; // with something that went before
    this.spec = withValueAt(this.spec, gone, undefined);
    if (isRemovable(gone)) this.ignore.push(gone);
    const inside = gone === pointer ? '' : `${dottedPath(pointer.slice(gone.length))}: `;
    this.#remark(gone, `${shownValue(gone, value)}left as it is (${inside}${reason})`);
  }

  #whole(pointer: Pointer): Pointer {
    const tokens = pointerTokens(pointer);
    const list = tokens.findIndex((_, index) => Array.isArray(valueAt(this.spec, pointerOf(tokens.slice(0, index)))));
    const [, capability = '', , hook] = tokens;
    if (this.#passthrough.includes(capability)) return pointerOf(tokens.slice(0, 2));
    if (hook !== undefined && tokens[4] === 'address') return pointerOf(tokens.slice(0, 4));
    return list === -1 ? pointer : pointerOf(tokens.slice(0, list));
  }

  #remark(pointer: Pointer, text: string): void {
    const tokens = pointerTokens(pointer);
    const member = `${tokens.at(-1)}`;
    const shown = this.#show(/^[\w-]+$/.test(member) ? member : JSON.stringify(member.slice(0, 80)));
    this.remarks.push({ parent: pointerOf(tokens.slice(0, -1)), member: shown, text: this.#show(text) });
  }

  #capabilities(capabilities: JsonObject): JsonObject {
    return mapMembers(capabilities, (name, capability) => {
      if (isBlankCapability(capability)) return undefined;
      const facts = Object.hasOwn(knownCapabilities, name) ? knownCapabilities[name] : undefined;
      if (facts === undefined || !isJsonObject(capability) || this.#passthrough.includes(name)) return capability;
      const path = pointerOf(['capabilities', name]);
      const own = mapMembers(capability, (member, value) => this.#setting(`${path}${pointerOf([member])}`, value));
      if (Object.keys(facts.webhooks).length === 0) return own;
      const { webhooks = {}, ...settings } = own;
      if (!isJsonObject(webhooks)) return own;
      return { webhooks: this.#webhooks(webhooks, facts.webhooks, `${path}/webhooks`), ...settings };
    });
  }

  #setting(pointer: Pointer, value: Json): Json | undefined {
    if (!setByServer.has(pointer)) return value;
    this.#remark(pointer, `${shownValue(pointer, value)}set by the server`);
    return undefined;
  }

  #webhooks(webhooks: JsonObject, facts: Readonly<Record<string, WebhookFacts>>, path: Pointer): JsonObject {
    return mapMembers(webhooks, (name, hook) => {
      if (!isJsonObject(hook)) return hook;
      if (hook['address'] === undefined || hook['address'] === '') return undefined; // how the API shows one that is not set
      const { defaults = {} } = { ...(Object.hasOwn(facts, name) ? facts[name] : {}) };
      return mapMembers(hook, (member, value) => {
        const said = member === 'http_method' && typeof value === 'string' ? value.toUpperCase() : value;
        if (said !== defaults[member]) return said;
        // What is known to be no secret: looking for one would take longer than all else here.
        this.remarks.push({ parent: `${path}${pointerOf([name])}`, member, text: String(said) });
        return undefined;
      });
    });
  }
}

function isEmpty(value: Json): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0;
}

/** Whether the overlay removes it when it is not declared: a known capability, or a known webhook of one. */
function isRemovable(pointer: Pointer): boolean {
  const [container, capability = '', hooks, hook, ...below] = pointerTokens(pointer);
  const facts = Object.hasOwn(knownCapabilities, capability) ? knownCapabilities[capability] : undefined;
  if (container !== 'capabilities' || facts === undefined) return false;
  if (hooks === undefined) return true;
  if (hooks !== 'webhooks' || hook === undefined || below.length > 0) return false;
  return Object.hasOwn(facts.webhooks, hook);
}

/** Numbers and flags, because no text can be told from a secret. */
function shownValue(pointer: Pointer, value: Json): string {
  const isPlain = typeof value === 'number' || typeof value === 'boolean';
  return isPlain && !isSensitiveMember(pointer) ? `${value}, ` : '';
}
