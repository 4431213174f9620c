import {
  type CapabilityFacts,
  type CapabilityName,
  connectTimeoutRange,
  knownCapabilities,
  voiceRegions,
  type WebhookFacts,
} from '../application/capabilities.ts';
import type { z } from '../zod.ts';
import { anything, choice, count, flag, group, list, text, url, whole } from './schema-parts.ts';

const signedCallbacks = flag('Whether Vonage signs its requests to the webhooks.').optional();
const legPersistence = count('Days a call leg is kept: 1 to 31.').optional();

/** Members beside `webhooks`, by capability. The names are those of the catalog; a test compares them. */
const members = {
  voice: {
    signed_callbacks: signedCallbacks,
    conversations_ttl: count('Hours a named conversation is kept: 1 to 9000.').optional(),
    leg_persistence_time: legPersistence,
    region: choice(voiceRegions, 'Region in which calls are kept.').optional(),
    payment_enabled: flag('Legacy: whether payments over the phone are on.').optional(),
    payments: group(
      {
        gateways: list(
          group(
            {
              type: text('Kind of gateway, such as stripe.').optional(),
              mode: choice(['test', 'live'], 'Whether payments are real.').optional(),
              credential: text('Name of the credential at Vonage.').optional(),
            },
            'A payment gateway.',
          ),
          'Payment gateways.',
        ).optional(),
      },
      'Legacy: payments over the phone.',
    ).optional(),
  },
  messages: {
    version: choice(['v1', 'v0.1'], 'Version of the Messages API whose bodies the webhooks receive.').optional(),
    authenticate_inbound_media: flag('Whether received media needs authentication to be fetched.').optional(),
  },
  rtc: { signed_callbacks: signedCallbacks, leg_persistence_time: legPersistence },
  vbc: {},
  verify: { version: choice(['v2'], 'Version of the Verify API.').optional() },
  network_apis: {
    network_application_id: text("The application's id in the network registry.").optional(),
    redirect_uri: url('Redirect URL of the network.').optional(),
  },
  video: {
    storage: group(
      {
        server_side_encryption: flag('Whether archives are encrypted by the server.').optional(),
        end_to_end_encryption: flag('Whether archives are encrypted end to end.').optional(),
        cloud_storage: flag("Whether archives are stored in the account's own cloud storage.").optional(),
        credential_type: text('Kind of the cloud storage credential.').optional(),
        credential: text('Name of the cloud storage credential.').optional(),
      },
      'Where archives are stored. Without it the dashboard does not show the application as a video application.',
    ).optional(),
    environment_enabled: flag('Set by the server.').optional(),
    environment_id: count('Set by the server.').optional(),
    hoolock_configs: list(anything('Set by the server.'), 'Set by the server.').optional(),
  },
  meetings: {},
} as const satisfies Readonly<Record<CapabilityName, z.ZodRawShape>>;

const memberShapes: Readonly<Record<string, z.ZodRawShape>> = members;

function hookSchema(facts: WebhookFacts): z.ZodType {
  const shape: Record<string, z.ZodType> = { address: url('Where Vonage sends its requests.') };
  if (facts.methods.length > 0) {
    const [first = 'POST', ...others] = facts.methods;
    shape['http_method'] = choice([first, ...others], 'HTTP method of the requests.').optional();
  } else {
    shape['active'] = flag('Whether the webhook is called.').optional();
    shape['secret'] = text('Signs the requests to the webhook.').optional();
  }
  if (facts.socketTimeoutMax !== undefined) {
    const { min, max } = connectTimeoutRange;
    shape['connect_timeout'] = whole(min, max, 'Milliseconds to wait for a connection.').optional();
    shape['connection_timeout'] = whole(min, max, 'Earlier spelling of connect_timeout.', {
      deprecated: true,
    }).optional();
    shape['socket_timeout'] = whole(1, facts.socketTimeoutMax, 'Milliseconds to wait for a response.').optional();
  }
  return group(shape, 'A webhook.').optional();
}

/** Webhooks of which the same is known share one schema: making schemas is a good part of a command's start. */
function sharing(make: (facts: WebhookFacts) => z.ZodType): (facts: WebhookFacts) => z.ZodType {
  const made = new Map<string, z.ZodType>();
  return (facts) => {
    const key = JSON.stringify(facts);
    const schema = made.get(key) ?? make(facts);
    made.set(key, schema);
    return schema;
  };
}

const sharedHookSchema = sharing(hookSchema);

function capabilitySchema(name: string, { webhooks: hooks }: CapabilityFacts): z.ZodType {
  const shape: z.ZodRawShape = { ...memberShapes[name] };
  const entries = Object.entries(hooks);
  if (entries.length === 0) return group(shape, `The ${name} capability.`).optional();
  const webhooks = Object.fromEntries(entries.map(([hook, facts]) => [hook, sharedHookSchema(facts)]));
  const description = 'Webhooks. When present it is exhaustive: one that is not listed is removed.';
  return group({ webhooks: group(webhooks, description).optional(), ...shape }, `The ${name} capability.`).optional();
}

/** `spec.capabilities`. Source: Vonage OpenAPI 2.4.1 and what SDKs add to it; see the catalog of capabilities. */
export const capabilitiesSchema = group(
  Object.fromEntries(Object.entries(knownCapabilities).map(([name, facts]) => [name, capabilitySchema(name, facts)])),
  'Capabilities. When present it is exhaustive: one that is not listed is removed.',
);
