import type { Daemon } from '../daemon/daemon.ts';
import type { AccountEvent } from '../daemon/event.ts';
import { httpApp } from '../daemon/http.ts';
import { openHttpServer } from '../daemon/http-server.ts';
import { Metrics } from '../daemon/metrics.ts';
import { Notifier } from '../daemon/notifier.ts';
import type { AccountStatus } from '../daemon/status.ts';
import { transitionsOf } from '../daemon/transitions.ts';
import type { RequestEvent } from '../vonage/call.ts';
import type { DaemonConfiguration } from './daemon-configuration.ts';
import { deliverBy } from './daemon-deliver.ts';
import { scrub } from './log.ts';
import type { Session } from './session.ts';
import { version } from './version.ts';
import type { World } from './world.ts';

/** All by which a daemon talks to the outside: HTTP, metrics, notifications. */
export interface FrontDesk {
  /** Where it listens. */
  readonly url: string;
  tell(event: AccountEvent, before: AccountStatus, after: AccountStatus): void;
  observeRequest(account: string, event: RequestEvent): void;
  /** Says so when a new configuration names another address to listen on: that takes a restart. */
  sayMoved(session: Session): void;
  close(): Promise<void>;
}

/** How long what is queued may still be told when the daemon stops, in milliseconds. */
const farewellMs = 1_000;

/** Opens the server. @throws {ReconcilerError} E_CONFIG_INVALID when it cannot listen */
export async function openFrontDesk(input: {
  readonly daemon: Daemon;
  readonly configuration: DaemonConfiguration;
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  readonly world: World;
}): Promise<FrontDesk> {
  const { daemon, configuration, world } = input;
  const { clock } = world;
  const { log } = configuration.session;
  const listen = input.listen ?? configuration.session.config.daemon.listen;
  const metrics = new Metrics({ version, node: process.version, processMetrics: true });
  const notifier = new Notifier({
    targets: () => configuration.session.config.daemon.notifications,
    deliver: deliverBy(world.environment),
    clock,
    log,
    count: (kind, result) => metrics.countNotification(kind, result),
  });
  const app = httpApp({
    daemon,
    metrics,
    clock,
    log,
    program: version,
    config: () => ({ ...configuration.session.config.daemon, listen }),
    configurationValid: () => configuration.valid,
    scrub: (text) => scrub(text, configuration.session.config.secretValues()),
  });
  const server = await openHttpServer(app.fetch, listen);
  return {
    url: server.url,
    tell: (event, before, after) => {
      metrics.count(event, after);
      notifier.tell(transitionsOf(event, before, after));
    },
    sayMoved: (session) => {
      const { host, port } = session.config.daemon.listen;
      const moved = input.listen === undefined && (host !== listen.host || port !== listen.port);
      if (moved) session.log.warn({ listen: server.url }, 'another address to listen on takes a restart');
    },
    observeRequest: (account, event) => metrics.countRequest(account, event),
    close: async () => {
      await notifier.close(farewellMs);
      await server.close();
    },
  };
}
