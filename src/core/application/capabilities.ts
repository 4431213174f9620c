/** What the API allows and assumes for one webhook. Timeouts are milliseconds. */
export interface WebhookFacts {
  /** Every member the hook may have; the first methods listed are the ones the API documents. */
  readonly members: readonly string[];
  /** Allowed values of `http_method`; empty when the hook has no such member. */
  readonly methods: readonly ('GET' | 'POST' | 'PUT')[];
  /** Largest `socket_timeout`; undefined when the hook has no timeouts. */
  readonly socketTimeoutMax?: number;
  /** What the server assumes for a member that is absent. */
  readonly defaults: Readonly<Record<string, string | number>>;
}

/** What the API allows in one capability. */
export interface CapabilityFacts {
  readonly webhooks: Readonly<Record<string, WebhookFacts>>;
  /** Every member beside `webhooks`; one that is an object lists its own members. */
  readonly members: Readonly<Record<string, readonly string[]>>;
}

/** Allowed `connect_timeout`, in milliseconds. Source: Vonage OpenAPI 2.4.1. */
export const connectTimeoutRange = { min: 300, max: 1000 } as const;

/** Documented minimum of `socket_timeout`, in milliseconds; whether the server enforces it is disputed (vonage-dotnet-sdk defaults to 500). */
export const socketTimeoutMin = 1000;

/** Regions of the voice capability. Source: Vonage OpenAPI 2.4.1. */
export const voiceRegions = ['na-east', 'na-west', 'eu-east', 'eu-west', 'apac-sng', 'apac-australia'] as const;

// Timeouts and their defaults: Vonage OpenAPI 2.4.1. The methods GET for answers and POST for events: Vonage's voice guides.
function voiceHook(method: 'GET' | 'POST', socketTimeout: number): WebhookFacts {
  return {
    members: ['address', 'http_method', 'connect_timeout', 'socket_timeout'],
    methods: ['GET', 'POST'],
    socketTimeoutMax: method === 'GET' ? 5000 : 10_000,
    defaults: { http_method: method, connect_timeout: 1000, socket_timeout: socketTimeout },
  };
}

function plainHook(methods: WebhookFacts['methods']): WebhookFacts {
  return { members: ['address', 'http_method'], methods, defaults: { http_method: 'POST' } };
}

// No http_method: Vonage OpenAPI 2.4.1. `secret`: vonage-cli.
const videoHook: WebhookFacts = { members: ['address', 'active', 'secret'], methods: [], defaults: {} };

const catalog = {
  voice: {
    webhooks: {
      answer_url: voiceHook('GET', 5000),
      fallback_answer_url: voiceHook('GET', 5000),
      event_url: voiceHook('POST', 10_000),
    },
    members: {
      signed_callbacks: [],
      conversations_ttl: [],
      leg_persistence_time: [],
      region: [],
      // Both documented until Vonage OpenAPI 2.1.4 and gone from 2.4.1; older applications still have them.
      payment_enabled: [],
      payments: ['gateways'],
    },
  },
  messages: {
    webhooks: { inbound_url: plainHook(['POST']), status_url: plainHook(['POST']) },
    // `authenticate_inbound_media`: vonage-node-sdk, vonage-python-sdk and vonage-cli; in no OpenAPI document.
    members: { version: [], authenticate_inbound_media: [] },
  },
  rtc: {
    // Any other hook is refused by the server (nexmo-developer issue 1612).
    webhooks: { event_url: plainHook(['POST', 'GET']) },
    members: { signed_callbacks: [], leg_persistence_time: [] },
  },
  vbc: { webhooks: {}, members: {} },
  verify: { webhooks: { status_url: plainHook(['POST']) }, members: { version: [] } },
  network_apis: { webhooks: {}, members: { network_application_id: [], redirect_uri: [] } },
  video: {
    webhooks: {
      archive_status: videoHook,
      broadcast_status: videoHook,
      captions_status: videoHook,
      connection_created: videoHook,
      connection_destroyed: videoHook,
      render_status: videoHook,
      session_created: videoHook,
      session_destroyed: videoHook,
      session_notification: videoHook,
      sip_call_created: videoHook,
      sip_call_destroyed: videoHook,
      sip_call_mute_forced: videoHook,
      sip_call_updated: videoHook,
      stream_created: videoHook,
      stream_destroyed: videoHook,
    },
    members: {
      storage: [
        'server_side_encryption',
        'end_to_end_encryption',
        'cloud_storage',
        // Seen in vonage-cli's output only.
        'credential_type',
        'credential',
      ],
      // Filled in by the server (fixtures of vonage-cli).
      environment_enabled: [],
      environment_id: [],
      hoolock_configs: [],
    },
  },
  meetings: {
    webhooks: {
      // OpenAPI 2.1.4 has GET and PUT, too; 2.4.1 has not: manifests are warned.
      room_changed: plainHook(['POST', 'GET', 'PUT']),
      session_changed: plainHook(['POST', 'GET', 'PUT']),
      recording_changed: plainHook(['POST', 'GET', 'PUT']),
    },
    members: {},
  },
} as const satisfies Record<string, CapabilityFacts>;

/** Names of the capabilities this version knows. */
export type CapabilityName = keyof typeof catalog;

/**
 * Every capability, webhook and member of the Application API v2 that this version knows. Only what is named here can be removed
 * by leaving it out of a manifest. Source: Vonage OpenAPI 2.4.1 (application.v2), and what SDKs and vonage-cli add to it.
 */
export const knownCapabilities: Readonly<Record<string, CapabilityFacts>> = catalog;
