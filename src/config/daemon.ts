import type { notificationEvents } from './daemon-schema.ts';
import type { ConfigFile } from './schema.ts';
import { type Secret, type SecretReader, secretOf } from './secret.ts';

const clientVariable = 'VONAGE_GITOPS_DAEMON_TOKEN';

/** Names of the variables that have the token of commands that ask a daemon, or name its file. */
export const clientTokenNames = [clientVariable, `${clientVariable}_FILE`];

/** A transition that notifications tell. */
export type NotificationEvent = (typeof notificationEvents)[number];

/** Someone to tell of transitions. */
export interface NotificationConfig {
  readonly kind: 'webhook' | 'slack';
  readonly url: Secret;
  /** Key of the HMAC-SHA256 signature; only a webhook has one. */
  readonly secret: Secret | undefined;
  /** Undefined means all. */
  readonly events: readonly NotificationEvent[] | undefined;
}

/** Settings of the daemon. */
export interface DaemonConfig {
  readonly listen: { readonly host: string; readonly port: number };
  /** Further values of the Host header that are let in, lower-case. */
  readonly hosts: readonly string[];
  /** Where commands on other machines find the daemon. */
  readonly url: string | undefined;
  /** The token of commands that ask a daemon, where the environment has one: VONAGE_GITOPS_DAEMON_TOKEN. */
  readonly clientToken: Secret | undefined;
  readonly token: Secret | undefined;
  readonly readToken: Secret | undefined;
  readonly syncToken: Secret | undefined;
  readonly approveToken: Secret | undefined;
  readonly shutdownSeconds: number;
  readonly watch: {
    readonly mode: 'auto' | 'events' | 'poll' | 'off';
    readonly quietMs: number;
    readonly pollSeconds: number;
  };
  readonly notifications: readonly NotificationConfig[];
}

/** The daemon's settings of a checked file. */
export function daemonConfig(file: ConfigFile['daemon'], reader: SecretReader): DaemonConfig {
  const optional = (from: typeof file.token, what: string) =>
    from === undefined ? undefined : secretOf(from, 'daemon', what, reader);
  return {
    listen: parseListen(file.listen),
    url: file.url,
    clientToken: clientToken(reader),
    hosts: file.hosts.map((host) => host.toLowerCase()),
    token: optional(file.token, 'token'),
    readToken: optional(file.readToken, 'read token'),
    syncToken: optional(file.syncToken, 'sync token'),
    approveToken: optional(file.approveToken, 'approve token'),
    shutdownSeconds: file.shutdownSeconds,
    watch: file.watch,
    notifications: file.notifications.map((notification, index) => ({
      kind: notification.kind,
      url: secretOf(notification.url, 'daemon', `address of notification ${index}`, reader),
      secret:
        notification.kind === 'webhook' ? optional(notification.secret, `secret of notification ${index}`) : undefined,
      events: notification.events,
    })),
  };
}

function clientToken(reader: SecretReader): Secret | undefined {
  const isSet = clientTokenNames.some((name) => reader.environment[name]);
  return isSet ? secretOf({ env: clientVariable }, 'daemon', 'token of the daemon', reader) : undefined;
}

/** Host and port of `host:port`; brackets around an IPv6 address are left out. */
function parseListen(listen: string): { readonly host: string; readonly port: number } {
  const colon = listen.lastIndexOf(':');
  return { host: listen.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(listen.slice(colon + 1)) };
}

/** All secrets of the daemon. */
export function daemonSecrets(daemon: DaemonConfig): readonly Secret[] {
  const ofNotifications = daemon.notifications.flatMap(({ url, secret }) => [url, secret]);
  const { token, readToken, syncToken, approveToken, clientToken } = daemon;
  const tokens = [token, readToken, syncToken, approveToken, clientToken];
  return [...tokens, ...ofNotifications].filter((secret) => secret !== undefined);
}
