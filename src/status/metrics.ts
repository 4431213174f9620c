import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client';
import { sourceStates } from '../core/git/source-state.ts';
import type { SourceStatus } from '../core/git/source-status.ts';
import { countProblems } from '../core/problem.ts';
import type { AccountEvent, PassEnded } from '../pass/event.ts';
import { passResult } from '../pass/pass-result.ts';
import { applicationStates } from './application-status.ts';
import type { ReportResult, ReportTarget } from './report-outbox.ts';
import { type AccountStatus, stateOf } from './status.ts';

/** One attempt of a request to the API. */
export interface ObservedRequest {
  readonly verb: string;
  readonly status?: number;
  readonly code?: string;
  readonly durationMs: number;
}

/** What a scrape asks for beside what was counted. */
export interface Scrape {
  readonly statuses: readonly AccountStatus[];
  /** Requests per second allowed at this moment; undefined before the account was opened. */
  readonly requestsPerSecond: (account: string) => number | undefined;
  readonly configurationValid: boolean;
  /** Git sources that were asked already. */
  readonly sources: readonly SourceStatus[];
}

/** What became of a webhook. */
export type HookResult = 'accepted' | 'refused' | 'too-large' | 'cut-off' | 'limited';

const accountStates = ['starting', 'standby', 'failed', 'attention', 'paused', 'drifted', 'pending', 'synced'] as const;
const prefix = 'vonage_gitops_';

/** The metrics of a daemon, in a registry of their own. Times are seconds since 1970, durations seconds. */
export class Metrics {
  readonly registry = new Registry();
  readonly #passes = this.#counter('passes_total', 'Passes, by result.', ['account', 'result']);
  readonly #passSeconds = this.#histogram(
    'pass_duration_seconds',
    'Duration of passes.',
    ['account'],
    [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000],
  );
  readonly #changes = this.#counter(
    'changes_total',
    'Attempted changes, by action and result; found: a create whose response was lost.',
    ['account', 'action', 'result'],
  );
  readonly #guardBlocks = this.#counter('guard_blocks_total', 'Changes blocked by guards, counted in every pass.', [
    'account',
    'guard',
  ]);
  readonly #approved = this.#counter('approved_passes_total', 'Passes that applied a plan that was approved.', [
    'account',
  ]);
  readonly #requests = this.#counter(
    'api_requests_total',
    'Request attempts; status is the HTTP status or the kind of failure.',
    ['account', 'verb', 'status'],
  );
  readonly #requestSeconds = this.#histogram(
    'api_request_duration_seconds',
    'Duration of request attempts.',
    ['account', 'verb'],
    [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  );
  readonly #rateLimited = this.#counter('api_rate_limited_total', 'Request attempts with a 429 response.', ['account']);
  readonly #notifications = this.#counter('notifications_total', 'Notifications, by result.', ['kind', 'result']);
  readonly #reports = this.#counter('reports_total', 'Commit statuses, by result; retried: a failed attempt.', [
    'source',
    'forge',
    'result',
  ]);
  readonly #sourceFetches = this.#counter('source_fetches_total', 'Checks of git sources, by the state they found.', [
    'source',
    'result',
  ]);
  readonly #webhooks = this.#counter('webhooks_total', 'Webhooks of git servers, by result.', ['source', 'result']);
  readonly #gauges = {
    lastAttempt: this.#gauge('account_last_attempt_timestamp_seconds', 'End of the last pass, successful or not.', [
      'account',
    ]),
    lastSuccess: this.#gauge('account_last_success_timestamp_seconds', 'End of the last successful pass.', ['account']),
    nextPass: this.#gauge('account_next_pass_timestamp_seconds', 'Start of the next scheduled pass.', ['account']),
    scheduleThrottled: this.#gauge(
      'account_schedule_throttled',
      '1 while passes are less frequent than configured, because a listing takes longer.',
      ['account'],
    ),
    failures: this.#gauge('account_consecutive_failures', 'Consecutive failed passes.', ['account']),
    state: this.#gauge('account_state', '1 for the current state of the account.', ['account', 'state']),
    applications: this.#gauge('applications', 'Applications with a manifest or owned, by state.', ['account', 'state']),
    unmanaged: this.#gauge('applications_unmanaged', 'Applications that are neither declared nor owned.', ['account']),
    drifted: this.#gauge('applications_drifted', 'Applications that the last pass found drifted, healed or not.', [
      'account',
    ]),
    blocked: this.#gauge('guard_blocked_changes', 'Changes currently blocked by a guard.', ['account', 'guard']),
    requestsPerSecond: this.#gauge('api_requests_per_second_allowed', 'Current request rate limit.', ['account']),
    deletesLeft: this.#gauge('deletes_left', 'Deletes left in the 24-hour budget.', ['account']),
    problems: this.#gauge('source_problems', 'Errors and warnings in the manifests.', ['account', 'severity']),
    source: this.#gauge('source_info', 'Last seen revision of the manifests, and the enforced one.', [
      'account',
      'revision',
      'enforced',
    ]),
    sourceState: this.#gauge('source_state', '1 for the current state of the git source.', ['source', 'state']),
    sourceFetch: this.#gauge(
      'source_last_fetch_timestamp_seconds',
      'When the server of the git source last answered as it should.',
      ['source'],
    ),
    paused: this.#gauge('account_paused', '1 while the whole account is paused.', ['account']),
    pausedApplications: this.#gauge('applications_paused', 'Paused applications.', ['account']),
    undelivered: this.#gauge('private_keys_undelivered', 'Private keys in use that are not delivered to a target.', [
      'account',
    ]),
    unstable: this.#gauge('unstable_listings', 'Consecutive listings that changed while they were read.', ['account']),
    configuration: this.#gauge('configuration_valid', '1 while the latest configuration is in effect.', []),
  };

  constructor(build: { readonly version: string; readonly node: string; readonly processMetrics: boolean }) {
    const { version, node } = build;
    this.#gauge('build_info', 'Versions of vonage-gitops and Node.js.', ['version', 'node']).set({ version, node }, 1);
    if (build.processMetrics) collectDefaultMetrics({ register: this.registry });
  }

  /** Counts what happened. */
  count(event: AccountEvent, { account }: AccountStatus): void {
    if (event.kind !== 'ended' && event.kind !== 'failed') return;
    this.#passSeconds.observe({ account }, event.durationMs / 1000);
    this.#passes.inc({ account, result: event.kind === 'failed' ? 'failed' : resultOf(event) });
    if (event.found.length > 0) this.#changes.inc({ account, action: 'create', result: 'found' }, event.found.length);
    if (event.kind === 'failed') return;
    const { plan, results, approved } = event.end;
    if (approved === true) this.#approved.inc({ account });
    for (const { change, outcome } of results) this.#changes.inc({ account, action: change.action, result: outcome });
    for (const { guard, blocked } of plan.guards) this.#guardBlocks.inc({ account, guard }, blocked);
  }

  /** Counts a request to the API. */
  countRequest(account: string, { verb, status, code, durationMs }: ObservedRequest): void {
    this.#requests.inc({ account, verb, status: status ?? code ?? 'unknown' });
    this.#requestSeconds.observe({ account, verb }, durationMs / 1000);
    if (status === 429) this.#rateLimited.inc({ account });
  }

  /** Counts a notification. */
  countNotification(kind: string, result: 'sent' | 'failed' | 'dropped'): void {
    this.#notifications.inc({ kind, result });
  }

  /** Counts a webhook of a git server. */
  countHook(source: string, result: HookResult): void {
    this.#webhooks.inc({ source, result });
  }

  /** Counts a report of a commit. */
  countReport({ source, kind: forge }: Pick<ReportTarget, 'source' | 'kind'>, result: ReportResult): void {
    this.#reports.inc({ source, forge, result });
  }

  /** Counts a check of a git source. */
  countFetch({ name: source, state }: SourceStatus): void {
    this.#sourceFetches.inc({ source, result: state });
  }

  /** The text a scrape gets. */
  async text(scrape: Scrape): Promise<string> {
    for (const gauge of Object.values(this.#gauges)) gauge.reset();
    this.#gauges.configuration.set(scrape.configurationValid ? 1 : 0);
    for (const status of scrape.statuses) this.#show(status, scrape.requestsPerSecond(status.account));
    for (const status of scrape.sources) this.#showSource(status);
    return this.registry.metrics();
  }

  #showSource({ name: source, state: now, okAt }: SourceStatus): void {
    const { sourceState, sourceFetch } = this.#gauges;
    for (const state of sourceStates) sourceState.set({ source, state }, state === now ? 1 : 0);
    if (okAt !== undefined) sourceFetch.set({ source }, okAt / 1000);
  }

  #show(status: AccountStatus, requestsPerSecond: number | undefined): void {
    const { account } = status;
    const gauges = this.#gauges;
    const set = (gauge: Gauge<'account'>, value: number | undefined) => {
      if (value !== undefined) gauge.set({ account }, value);
    };
    set(gauges.lastAttempt, seconds(status.lastAttempt));
    set(gauges.lastSuccess, seconds(status.lastSuccess));
    set(gauges.undelivered, status.undelivered);
    set(gauges.nextPass, seconds(status.nextPass));
    set(gauges.scheduleThrottled, status.tooFastSchedule === undefined ? 0 : 1);
    set(gauges.failures, status.failures);
    set(gauges.unmanaged, status.unmanaged);
    set(gauges.drifted, status.drifted.length);
    set(gauges.requestsPerSecond, requestsPerSecond);
    set(gauges.deletesLeft, status.deletesLeft);
    set(gauges.paused, status.pauses.account === undefined ? 0 : 1);
    set(gauges.pausedApplications, Object.keys(status.pauses.applications).length);
    set(gauges.unstable, status.unstableListings);
    this.#showStates(status);
    for (const { guard, blocked } of status.guards) gauges.blocked.set({ account, guard }, blocked);
    if (status.revisionSeen === undefined) return;
    gauges.source.set({ account, revision: status.revisionSeen, enforced: status.revisionEnforced ?? '' }, 1);
  }

  #showStates(status: AccountStatus): void {
    const { account, applications, problems } = status;
    const { state: stateGauge, applications: applicationGauge, problems: problemGauge } = this.#gauges;
    const now = stateOf(status);
    for (const state of accountStates) stateGauge.set({ account, state }, state === now ? 1 : 0);
    for (const state of applicationStates) applicationGauge.set({ account, state }, 0);
    for (const { state } of applications.values()) applicationGauge.inc({ account, state });
    const { errors, warnings } = countProblems(problems);
    problemGauge.set({ account, severity: 'error' }, errors);
    problemGauge.set({ account, severity: 'warning' }, warnings);
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name: prefix + name, help, labelNames, registers: [this.registry] });
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> {
    return new Gauge({ name: prefix + name, help, labelNames, registers: [this.registry] });
  }

  #histogram<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: number[],
  ): Histogram<Label> {
    return new Histogram({ name: prefix + name, help, labelNames, buckets, registers: [this.registry] });
  }
}

/** One word for how a pass ended. */
function resultOf({ end }: PassEnded): string {
  const result = passResult(end);
  if (result !== 'succeeded') return result;
  return end.results.length > 0 ? 'applied' : 'unchanged';
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
