import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ReconcilerError } from '../../src/core/errors.ts';
import type { SourceStatus } from '../../src/core/git/source-status.ts';
import { Metrics } from '../../src/status/metrics.ts';
import { anId } from '../builders.ts';
import { anUpdate, aPlan, aProblem, aSkip, ended, statusOf } from '../daemon/builders.ts';

const build = { version: '1.2.3', node: 'v20.0.0', processMetrics: false };
const scrape = { statuses: [], requestsPerSecond: () => undefined, configurationValid: true, sources: [] };

test('what happened is counted', async () => {
  const metrics = new Metrics(build);
  const change = anUpdate();
  const results = [{ outcome: 'applied', id: anId(1), normalised: [], leftOut: [], change, durationMs: 1 }] as const;
  const guards = [{ guard: 'deletes-max', message: 'too many', blocked: 4 }] as const;
  const status = statusOf();

  const found = [{ id: anId(2), name: 'Found' }];
  metrics.count({ ...ended({ plan: aPlan({ changes: [change], guards }), results }), found }, status);
  metrics.count(ended(), status);
  metrics.countRequest('main', { verb: 'GET', status: 429, durationMs: 20 });
  metrics.countRequest('main', { verb: 'PUT', code: 'ECONNRESET', durationMs: 20 });
  metrics.countNotification('slack', 'dropped');
  const error = new ReconcilerError('E_API_UNREACHABLE', { url: 'x', reason: 'y' });
  const pauses = { applications: {} };
  metrics.count({ kind: 'failed', at: 1, pass: 3, reasons: [], found, durationMs: 1, error, pauses }, status);

  const text = await metrics.text(scrape);
  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      'vonage_gitops_build_info{version="1.2.3",node="v20.0.0"} 1',
      'vonage_gitops_passes_total{account="main",result="applied"} 1',
      'vonage_gitops_passes_total{account="main",result="unchanged"} 1',
      'vonage_gitops_passes_total{account="main",result="failed"} 1',
      'vonage_gitops_changes_total{account="main",action="update",result="applied"} 1',
      'vonage_gitops_changes_total{account="main",action="create",result="found"} 2',
      'vonage_gitops_guard_blocks_total{account="main",guard="deletes-max"} 4',
      'vonage_gitops_api_requests_total{account="main",verb="GET",status="429"} 1',
      'vonage_gitops_api_requests_total{account="main",verb="PUT",status="ECONNRESET"} 1',
      'vonage_gitops_api_rate_limited_total{account="main"} 1',
      'vonage_gitops_notifications_total{kind="slack",result="dropped"} 1',
      'vonage_gitops_pass_duration_seconds_count{account="main"} 3',
    ]),
  );
});

test('what is so now is shown, and what is no longer so disappears', async () => {
  const metrics = new Metrics(build);
  const plan = aPlan({
    skips: [aSkip()],
    problems: [aProblem],
    guards: [{ guard: 'moved', message: 'wait', blocked: 1 }],
  });
  const status = statusOf(ended({ plan, deletesLeft: 7 }, 90_000));

  const text = await metrics.text({
    statuses: [status],
    requestsPerSecond: () => 5,
    configurationValid: false,
    sources: [],
  });
  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      'vonage_gitops_account_last_attempt_timestamp_seconds{account="main"} 90',
      'vonage_gitops_account_state{account="main",state="attention"} 1',
      'vonage_gitops_account_state{account="main",state="synced"} 0',
      'vonage_gitops_applications{account="main",state="synced"} 1',
      'vonage_gitops_guard_blocked_changes{account="main",guard="moved"} 1',
      'vonage_gitops_api_requests_per_second_allowed{account="main"} 5',
      'vonage_gitops_deletes_left{account="main"} 7',
      'vonage_gitops_source_problems{account="main",severity="error"} 1',
      'vonage_gitops_source_info{account="main",revision="r1",enforced=""} 1',
      'vonage_gitops_configuration_valid 0',
    ]),
  );

  expect(await metrics.text(scrape)).not.toContain('account="main"');
});

test.each([
  { tooFast: undefined, value: 0 },
  {
    tooFast: {
      asked: { kind: 'interval', seconds: 5, jitterPercent: 10 },
      gapMs: 5_000,
      listingMs: 6_000,
      restSeconds: 6,
    } as const,
    value: 1,
  },
])('whether the schedule is throttled is $value', async ({ tooFast, value }) => {
  const status = statusOf({ kind: 'waiting', at: 0, until: 12_000, tooFast });

  const text = await new Metrics(build).text({ ...scrape, statuses: [status] });

  expect(text).toContain(`vonage_gitops_account_schedule_throttled{account="main"} ${value}\n`);
});

const rulesSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^[A-Za-z]+$/),
          expr: z.string().min(1),
          for: z
            .string()
            .regex(/^\d+[smhd]$/)
            .optional(),
          labels: z.strictObject({ severity: z.enum(['critical', 'warning', 'info']) }),
          annotations: z.strictObject({ summary: z.string(), description: z.string() }),
        }),
      ),
    }),
  ),
});

test('every metric and label value the example alert rules name exists', async () => {
  const rules = rulesSchema
    .parse(parse(readFileSync('examples/alerts.yaml', 'utf8')))
    .groups.flatMap((group) => group.rules);
  const known = (await new Metrics(build).registry.getMetricsAsJSON()).map(({ name }) => name);

  for (const { expr } of rules) {
    const named = expr.match(/vonage_gitops_\w+/g) ?? [];
    expect(named.length).toBeGreaterThan(0);
    expect(known).toEqual(expect.arrayContaining([...named]));
    expect((expr.match(/[({]/g) ?? []).length).toBe((expr.match(/[)}]/g) ?? []).length);
  }
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

test('git sources have their state, when they were last reached, and how often they were asked', async () => {
  const metrics = new Metrics(build);
  const source: SourceStatus = {
    ...{ name: 'voice', repository: 'git.example.com/acme/voice', ref: 'branch main' },
    ...{ state: 'unreachable', message: 'it is away', since: 0, askedAt: 120_000, okAt: 60_000 },
  };
  metrics.countFetch({ ...source, state: 'ok' });
  metrics.countFetch(source);
  metrics.countFetch(source);

  const never = { ...source, name: 'video', okAt: undefined };
  const text = await metrics.text({ ...scrape, sources: [source, never] });

  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      'vonage_gitops_source_state{source="voice",state="ok"} 0',
      'vonage_gitops_source_state{source="voice",state="unreachable"} 1',
      'vonage_gitops_source_last_fetch_timestamp_seconds{source="voice"} 60',
      'vonage_gitops_source_fetches_total{source="voice",result="unreachable"} 2',
      'vonage_gitops_source_fetches_total{source="voice",result="ok"} 1',
    ]),
  );
  expect(text).not.toContain('timestamp_seconds{source="video"}');
  expect(await metrics.text(scrape)).not.toContain('source_state{source="voice"');
});
