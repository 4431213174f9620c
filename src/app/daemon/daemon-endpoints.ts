import { join } from 'node:path';
import got from 'got';
import { apiTokens } from '../../config/tokens.ts';
import type { SourceNews, SourceStatus } from '../../core/git/source-status.ts';
import type { Daemon } from '../../daemon/daemon.ts';
import { webhookSignature } from '../../forge/webhook-signature.ts';
import { httpApp } from '../../http/app.ts';
import { openHttpServer } from '../../http/server.ts';
import { agentsFor } from '../../net/proxy.ts';
import type { AccountEvent } from '../../pass/event.ts';
import { Metrics } from '../../status/metrics.ts';
import { type Deliver, Notifier } from '../../status/notifier.ts';
import { Reporter } from '../../status/reporter.ts';
import type { AccountStatus } from '../../status/status.ts';
import { transitionsOf } from '../../status/transitions.ts';
import type { RequestEvent } from '../../vonage/failure.ts';
import type { CliContext } from '../context.ts';
import { proxySettings } from '../proxy-settings.ts';
import type { Session } from '../session.ts';
import { storesDirectory } from '../source/open-repository.ts';
import { userAgent, version } from '../version.ts';
import type { DaemonConfiguration } from './daemon-configuration.ts';
import type { FollowedSources } from './followed-sources.ts';
import { openCommits } from './open-commits.ts';
import { ReportTargets } from './report-targets.ts';
import { sentReportsFile, sentReportsName } from './sent-reports-file.ts';

/** All by which a daemon talks to the outside: HTTP, metrics, notifications. */
export interface DaemonEndpoints {
  /** Where it listens. */
  readonly url: string;
  tell(event: AccountEvent, before: AccountStatus, after: AccountStatus): void;
  tellSource(status: SourceStatus, news: SourceNews | undefined): void;
  observeRequest(account: string, event: RequestEvent): void;
  /** An accepted commit has the manifests of the one before: no pass is made for it. */
  tellSame(account: string): void;
  /** Takes a new configuration, before anything is done by it. Another address to listen on takes a restart, which is said. */
  reconfigure(session: Session): void;
  close(): Promise<void>;
}

/** How long what is queued may still be told when the daemon stops, in milliseconds. */
const drainMs = 1_000;

/** Opens the server. @throws {ReconcilerError} E_LISTEN_FAILED */
export async function openDaemonEndpoints(input: {
  readonly daemon: Daemon;
  readonly configuration: DaemonConfiguration;
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  readonly context: CliContext;
  readonly sources: Pick<FollowedSources, 'statuses' | 'refresh' | 'checkSoon' | 'contains'>;
}): Promise<DaemonEndpoints> {
  const { daemon, configuration, context } = input;
  const { clock } = context;
  const { log } = configuration.session;
  const listen = input.listen ?? configuration.session.config.daemon.listen;
  const metrics = new Metrics({ version, node: process.version, processMetrics: true });
  const notifier = new Notifier({
    targets: () => configuration.session.config.daemon.notifications,
    deliver: deliverBy(context.environment),
    clock,
    log,
    scrub: context.redaction.scrub,
    count: (kind, result) => metrics.countNotification(kind, result),
  });
  const targets = new ReportTargets();
  const reporter = new Reporter({
    targets: () => targets.of(configuration.session),
    sent: sentReportsFile(join(storesDirectory(configuration.session), sentReportsName), log),
    clock,
    log,
    count: (target, result) => metrics.countReport(target, result),
  });
  const sourceOf = (account: string) => {
    const status = input.sources.statuses.find(({ name }) => name === sourceNameOf(configuration, account));
    return status && { ...status, reportProblem: reporter.problemOf(status.name) };
  };
  const app = httpApp({
    daemon,
    metrics,
    clock,
    log,
    program: version,
    config: () => ({ ...configuration.session.config.daemon, listen }),
    tokens: () => apiTokens(configuration.session.config),
    configurationValid: () => configuration.valid,
    sources: () => input.sources.statuses,
    sourceOf,
    refreshSource: (account) => input.sources.refresh(sourceNameOf(configuration, account)),
    webhookOf: (source) => configuration.session.config.sources.find(({ name }) => name === source)?.webhook,
    signatureOf: (hook) => webhookSignature({ ...hook, now: clock.now() }),
    checkSource: (source) => input.sources.checkSoon(source),
    sourceNameOf: (account) => sourceNameOf(configuration, account),
    containsCommit: (account, commit, other) =>
      input.sources.contains(sourceNameOf(configuration, account), commit, other),
    commits: openCommits(() => configuration.session),
    scrub: context.redaction.scrub,
  });
  const server = await openHttpServer(app.fetch, listen);
  return {
    url: server.url,
    tell: (event, before, after) => {
      metrics.count(event, after);
      notifier.tell(transitionsOf(event, before, after));
      reporter.tell(event, after);
    },
    tellSource: (status, news) => {
      metrics.countFetch(status);
      reporter.tellSource(status);
      if (news === undefined) return;
      const { name: source, message, askedAt: at, accepted } = status;
      notifier.tell([{ event: news, source, at, revision: accepted?.id, message, applications: [] }]);
    },
    tellSame: (account) => reporter.tellSame(account),
    reconfigure: (session) => {
      reporter.reload();
      const { host, port } = session.config.daemon.listen;
      const moved = input.listen === undefined && (host !== listen.host || port !== listen.port);
      if (moved) session.log.warn({ listen: server.url }, 'changing the listen address requires a restart');
    },
    observeRequest: (account, event) => metrics.countRequest(account, event),
    close: async () => {
      await Promise.all([notifier.close(drainMs), reporter.close(drainMs)]);
      await server.close();
    },
  };
}

/** The git source of an account, as configured now; undefined of a directory. */
function sourceNameOf({ session }: DaemonConfiguration, account: string): string | undefined {
  return session.config.accounts.find(({ name }) => name === account)?.source?.name;
}

/** Sends through the proxy of the environment, if there is one. A redirect is not followed: it would take the signature elsewhere. */
export function deliverBy(environment: CliContext['environment']): Deliver {
  return async ({ url, headers, body, signal }) => {
    const agent = agentsFor(new URL(url), proxySettings(environment), { keepAlive: false, maxSockets: 1 });
    const { statusCode } = await got.post(url, {
      headers: { 'user-agent': userAgent, ...headers },
      body,
      signal,
      agent,
      retry: { limit: 0 },
      timeout: { request: 10_000 },
      followRedirect: false,
      throwHttpErrors: false,
    });
    return statusCode;
  };
}
