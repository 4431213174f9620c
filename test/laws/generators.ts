import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { knownCapabilities, voiceRegions, type WebhookFacts } from '../../src/core/application/capabilities.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { defaultManifestOptions } from '../../src/core/manifest/options.ts';
import { type ParsedManifests, parseManifests } from '../../src/core/manifest/parse.ts';
import type { Policy } from '../../src/core/plan/policy.ts';

/** An object with some of these members, and with all of the required ones. */
function someOf(
  shape: Readonly<Record<string, fc.Arbitrary<Json>>>,
  required: readonly string[] = [],
): fc.Arbitrary<JsonObject> {
  const present = fc.subarray(Object.keys(shape).filter((member) => !required.includes(member)));
  return present.chain((chosen) =>
    fc
      .tuple(
        ...[...required, ...chosen].map(
          (member) =>
            shape[member]?.map((value): [string, Json] => [member, value]) ??
            fc.constant<[string, Json]>([member, null]),
        ),
      )
      .map((entries) => Object.fromEntries(entries)),
  );
}

const address = fc.constantFrom('https://example.com', 'https://example.com/a', 'http://b.example.org:8080/x?y=1#z');

/** Of the methods the first is documented everywhere; the others are taken for voice and rtc only. */
function hook(capabilityName: string, facts: WebhookFacts): fc.Arbitrary<JsonObject> {
  const allowed = capabilityName === 'voice' || capabilityName === 'rtc' ? facts.methods : facts.methods.slice(0, 1);
  const methods = facts.methods.length === 0 ? {} : { http_method: fc.constantFrom(...allowed) };
  const video = facts.methods.length > 0 ? {} : { active: fc.boolean(), secret: fc.constant('whisper') };
  const { socketTimeoutMax: max } = facts;
  const timeouts =
    max === undefined
      ? {}
      : { connect_timeout: fc.integer({ min: 300, max: 1000 }), socket_timeout: fc.integer({ min: 1000, max }) };
  return someOf({ address, ...methods, ...video, ...timeouts }, ['address']);
}

/** Values of every member beside webhooks that a person would declare. What the server fills in by itself is not among them. */
const members: Readonly<Record<string, fc.Arbitrary<Json>>> = {
  'voice.signed_callbacks': fc.boolean(),
  'voice.conversations_ttl': fc.integer({ min: 1, max: 744 }),
  'voice.leg_persistence_time': fc.integer({ min: 1, max: 31 }),
  'voice.region': fc.constantFrom(...voiceRegions),
  'voice.payment_enabled': fc.boolean(),
  'voice.payments': fc.constant({ gateways: [{ type: 'stripe', mode: 'test', credential: 'till' }] }),
  'messages.version': fc.constantFrom('v1', 'v0.1'),
  'messages.authenticate_inbound_media': fc.boolean(),
  'rtc.signed_callbacks': fc.boolean(),
  'rtc.leg_persistence_time': fc.integer({ min: 1, max: 31 }),
  'verify.version': fc.constant('v2'),
  'network_apis.network_application_id': fc.constantFrom('network-1', 'network-2'),
  'network_apis.redirect_uri': fc.constant('https://example.com/back'),
  'video.storage': someOf({
    server_side_encryption: fc.boolean(),
    end_to_end_encryption: fc.boolean(),
    cloud_storage: fc.boolean(),
  }),
};

/** Set by the server. */
const filledIn = ['video.environment_enabled', 'video.environment_id', 'video.hoolock_configs'];

/** Members of the catalogue without a generator: there must be none. */
export const membersWithoutGenerator: readonly string[] = Object.entries(knownCapabilities)
  .flatMap(([capability, facts]) => Object.keys(facts.members).map((member) => `${capability}.${member}`))
  .filter((member) => !filledIn.includes(member) && !Object.hasOwn(members, member));

function capability(name: string): fc.Arbitrary<JsonObject> {
  const { webhooks = {}, members: known = {} } = knownCapabilities[name] ?? {};
  const hooks = Object.fromEntries(Object.entries(webhooks).map(([hookName, facts]) => [hookName, hook(name, facts)]));
  const own = Object.keys(known).flatMap((member) => {
    const value = members[`${name}.${member}`];
    return value === undefined ? [] : [[member, value] as const];
  });
  const shape: Record<string, fc.Arbitrary<Json>> = Object.fromEntries(own);
  if (Object.keys(hooks).length > 0) shape['webhooks'] = someOf(hooks);
  return someOf(shape);
}

const capabilities = someOf(Object.fromEntries(Object.keys(knownCapabilities).map((name) => [name, capability(name)])));

/** A spec over everything the catalogue knows. */
export const aSpec: fc.Arbitrary<JsonObject> = someOf({ capabilities, privacy: someOf({ improve_ai: fc.boolean() }) });

/** Real public keys whose private halves nobody has. */
const publicKeys: readonly string[] = Array.from({ length: 4 }, () =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }).toString(),
);

/** One application's life: declared, then declared otherwise. */
interface Life {
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly fate: 'stays' | 'changes' | 'is renamed' | 'is pinned' | 'goes';
  readonly deletionPolicy: 'delete' | 'orphan' | 'protect' | undefined;
  readonly ownKey: boolean;
  /** Whether somebody else had created an application of that name before. */
  readonly existed: boolean;
}

const aLife: fc.Arbitrary<Life> = fc.record({
  before: aSpec,
  after: aSpec,
  fate: fc.constantFrom('stays', 'changes', 'is renamed', 'is pinned', 'goes'),
  deletionPolicy: fc.constantFrom('delete', 'orphan', 'protect', undefined),
  ownKey: fc.constantFrom(true, true, true, false), // to make a pair takes longer than all the rest
  existed: fc.boolean(),
});

/** Up to four applications and what the account's configuration says. */
export interface Story {
  readonly lives: readonly Life[];
  readonly policy: Policy['policy'];
  readonly undeclaredCapabilities: Policy['undeclaredCapabilities'];
}

/** Stories of applications and their manifests. */
export const aStory: fc.Arbitrary<Story> = fc.record({
  lives: fc.array(aLife, { minLength: 1, maxLength: 4, size: 'max' }),
  policy: fc.constantFrom('sync', 'sync', 'upsert', 'create-only'),
  undeclaredCapabilities: fc.constantFrom('remove', 'keep'),
});

/** The name of the nth application. */
export function nameOf(nth: number): string {
  return `Application ${nth}`;
}

function document(metadata: JsonObject, spec: JsonObject): string {
  return JSON.stringify({ apiVersion: 'vonage-gitops/v1', kind: 'Application', metadata, spec });
}

function withKey(spec: JsonObject, { ownKey }: Life, nth: number): JsonObject {
  const pem = publicKeys[nth];
  return ownKey && pem !== undefined ? { ...spec, keys: { public_key: pem } } : spec;
}

/** The manifests as they are first. */
export function firstManifests({ lives }: Story): ParsedManifests {
  const files = lives.map((life, nth) => {
    const policy = life.deletionPolicy === undefined ? {} : { deletionPolicy: life.deletionPolicy };
    const metadata = { name: nameOf(nth), formerly: [], ...policy };
    return { path: `${nth}.json`, text: document(metadata, withKey(life.before, life, nth)) };
  });
  return parseManifests(files, defaultManifestOptions);
}

/** The manifests as they are later; `idOf` tells the live application of a name, for pins. */
export function laterManifests({ lives }: Story, idOf: (name: string) => string | undefined): ParsedManifests {
  const files = lives.flatMap((life, nth) => {
    const name = nameOf(nth);
    const id = idOf(name);
    const policy = life.deletionPolicy === undefined ? {} : { deletionPolicy: life.deletionPolicy };
    const spec = withKey(life.fate === 'stays' ? life.before : life.after, life, nth);
    if (life.fate === 'goes') return [];
    const pin = life.fate === 'is pinned' && id !== undefined ? { id } : {};
    const metadata =
      life.fate === 'is renamed'
        ? { name: `Renamed ${nth}`, formerly: [name], ...policy }
        : { name, formerly: [], ...pin, ...policy };
    return [{ path: `${nth}.json`, text: document(metadata, spec) }];
  });
  return parseManifests(files, defaultManifestOptions);
}
