import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openAccount } from '../../src/app/open-account.ts';
import { redactedContext, redactedError } from '../../src/app/redaction.ts';
import { openSession } from '../../src/app/session.ts';
import { ReconcilerError } from '../../src/core/errors.ts';
import { planToJson, reportToJson } from '../../src/core/render/json.ts';
import { renderPlanMarkdown } from '../../src/core/render/markdown.ts';
import { renderReport } from '../../src/core/render/report.ts';
import { renderPlan } from '../../src/core/render/text.ts';
import { jsonText } from '../../src/core/render/visible.ts';
import { makePlan } from '../../src/reconcile/reconcile.ts';
import { Notifier } from '../../src/status/notifier.ts';
import { type Bench, hurriedClock, manifestYaml, testWorld, withEmulator } from '../cli/world.ts';
import { aLog, anUpdate, aPlan } from '../daemon/builders.ts';
import { aSpec, aConfig as aSpecConfig } from '../daemon/fakes.ts';
import { ManualClock, settled } from '../daemon/manual-clock.ts';
import { configYaml, until, withDaemon } from '../daemon/running.ts';
import { served, stopAll } from '../daemon/served.ts';
import { answering } from './account.ts';

const apiSecret = 'Zq7wKfP2&"/+x<Y9';
const privateKey = ['-----BEGIN PRIVATE KEY-----', 'MIIEvQIBADANBgkqhkiG9w0', '-----END PRIVATE KEY-----'];
const html = apiSecret.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

/** A text that holds a secret, and what of it must not be seen: letters and digits, which nothing escapes. */
interface Form {
  readonly form: string;
  readonly text: string;
  readonly secret: string;
}

const forms: readonly Form[] = [
  { form: 'plain', text: apiSecret, secret: 'Zq7wKfP2' },
  { form: 'JSON', text: JSON.stringify({ x: apiSecret }), secret: 'Zq7wKfP2' },
  { form: 'percent', text: encodeURIComponent(apiSecret), secret: 'Zq7wKfP2' },
  { form: 'HTML', text: `<b>${html}</b>`, secret: 'Zq7wKfP2' },
  { form: 'base64', text: Buffer.from(`x:${apiSecret}`).toString('base64'), secret: 'cTd3S2ZQM' },
  {
    form: 'Basic header',
    text: `Authorization: Basic ${Buffer.from('me:Nobody7').toString('base64')}`,
    secret: 'bWU6Tm9',
  },
  { form: 'PEM', text: privateKey.join('\n'), secret: 'MIIEvQ' },
  { form: 'PEM in JSON', text: privateKey.join('\\n'), secret: 'MIIEvQ' },
  { form: 'URL', text: 'https://robot:UrlPass77@example.com/', secret: 'UrlPass77' },
];

/** What leaves by one outlet when each of these texts is in it, one text a form and outlet. */
type Outlet = (form: Form) => Promise<string>;

function withSecret(work: (bench: Bench) => Promise<void>): Promise<void> {
  return withEmulator(
    async (bench) => {
      await bench.write('vonage-gitops.yaml', configYaml({ account: '    onDrift: report' }));
      await bench.write('apps/support.yaml', manifestYaml('Support', answering('https://support.example.com/')));
      await work(bench);
    },
    { apiSecret },
  );
}

async function aSession(bench: Bench, terminal: boolean) {
  const environment = { ...bench.environment, DAEMON_TOKEN: 'some-token', DAEMON_READ_TOKEN: 'other-token' };
  const outside = testWorld({ cwd: bench.cwd, environment, ...(terminal ? { terminal: [] } : {}) });
  const options = { color: 'never', logLevel: 'info', state: bench.state } as const;
  return { ...outside, session: await openSession({ context: outside.context, options }) };
}

/** Every cell: what leaves shows that something was taken out, and nothing of the secret. */
async function expectHidden(outlet: Outlet, leaves: readonly Form[] = forms): Promise<void> {
  for (const form of leaves) {
    const left = await outlet(form);
    expect.soft(left, form.form).not.toContain(form.secret);
    expect.soft(left, form.form).toContain('sensitive');
  }
}

test.each([
  { title: 'JSON lines', terminal: false },
  { title: 'lines for people', terminal: true },
])('no form of a secret leaves by the log as $title', ({ terminal }) =>
  withSecret(async (bench) => {
    await expectHidden(async ({ text }) => {
      const { session, stderr } = await aSession(bench, terminal);
      await session.log.open();
      session.log.warn({ detail: text, err: new Error(text) }, 'seen');
      return stderr();
    });
  }),
);

test('nor by an error on stderr', () =>
  withSecret(async (bench) => {
    await expectHidden(async ({ text }) => {
      const { stderr } = await bench.run(['explain', `Leak ${text}`]);
      expect(stderr).toContain('E_NOT_FOUND');
      return stderr;
    });
  }));

test('nor by an error that nobody expected, on its way out of the process', async () => {
  const { redaction } = redactedContext(testWorld({ cwd: '/' }).context);
  redaction.learn([apiSecret]);

  await expectHidden(async ({ text }) => {
    const { message, stack } = redactedError(new TypeError(text), redaction);
    expect(String(stack)).not.toContain(apiSecret);
    return `${message}\n${stack}`;
  });
  expect(redactedError(apiSecret, redaction).message).toBe('(sensitive)');
});

const printed: readonly (readonly string[])[] = [
  ['plan', '--verbose'],
  ['plan', '--format', 'json'],
  ['apply', '--yes', '--format', 'json'],
];

test.each(printed)('nor by the names in what %s %s %s prints', (...command) =>
  withSecret(async (bench) => {
    await expectHidden(async ({ text }) => {
      bench.emulator.admin.seed([{ name: `Leak ${text}` }]);
      const { stdout } = await bench.run(command.filter((word) => word !== undefined));
      expect(stdout).toContain('Leak ');
      return stdout;
    });
  }),
);

test.each(['text', 'json'])('nor by the name in what explain prints as %s', (format) =>
  withSecret(async (bench) => {
    await expectHidden(async ({ text }) => {
      const [seeded] = bench.emulator.admin.seed([{ name: `Leak ${text}` }]);
      return (await bench.run(['explain', String(seeded), '--format', format])).stdout;
    });
  }),
);

test('nor by a saved plan', () =>
  withSecret(async (bench) => {
    await expectHidden(async ({ form, text }) => {
      bench.emulator.admin.seed([{ name: `Leak ${text}` }]);
      const file = `${form.replaceAll(' ', '-')}.json`;
      await bench.run(['plan', '--out', file, '--no-wait']);
      return readFile(join(bench.cwd, file), 'utf8');
    });
  }));

test.each(['text', 'json'])('nor by status as %s', (format) =>
  withSecret(async (bench) => {
    await bench.run(['apply', '--yes']);
    await expectHidden(async ({ text }) => {
      await bench.run(['pause', 'Support', '--reason', text]);
      return (await bench.run(['status', '--format', format])).stdout;
    });
  }),
);

const shown = {
  text: renderPlan,
  JSON: (plan: Parameters<typeof planToJson>[0]) =>
    jsonText(planToJson(plan, { program: '1', account: 'main', accountHash: '' })),
  markdown: (plan: Parameters<typeof renderPlanMarkdown>[0]) => renderPlanMarkdown(plan, { name: 'main' }),
};

test.each(Object.entries(shown))('nor by the live values in a plan as %s, wherever it is rendered', (_format, render) =>
  withSecret(async (bench) => {
    const clock = hurriedClock();
    await bench.run(['apply', '--yes'], { clock });
    const [application] = bench.emulator.admin.applications();
    const { session } = await aSession(bench, false);
    const [config] = session.accounts;
    if (config === undefined) throw new Error('there is no account');

    await expectHidden(async ({ text }) => {
      const webhooks = { event_url: { address: `https://x.example.com/?t=${text}`, http_method: 'POST' } };
      bench.emulator.admin.put(String(application?.id), { name: 'Support', capabilities: { voice: { webhooks } } });
      const selection = { only: [], labels: {} };
      const overrides = { allowRemovals: [], healFights: false };
      const rules = { selection, overrides, whenStale: 'refuse' } as const;
      const account = openAccount(session, config, { rules });
      const plan = await makePlan(account.ports);
      await account.close();
      return render(plan, { color: false });
    });
  }),
);

test('nor by the live body that explain shows', () =>
  withSecret(async (bench) => {
    await expectHidden(async ({ text }) => {
      const webhooks = { event_url: { address: `https://x.example.com/?t=${text}`, http_method: 'POST' } };
      const [seeded] = bench.emulator.admin.seed([{ name: 'Leak', capabilities: { voice: { webhooks } } }]);
      return (await bench.run(['explain', String(seeded), '--format', 'json'])).stdout;
    });
  }));

const byShape = forms.filter(({ form }) => /header|PEM|URL/.test(form));

test.each(['text', 'JSON'])('nor by what is a secret by its shape in an error of a report as %s', (format) =>
  expectHidden(async ({ text }) => {
    const result = { outcome: 'failed', change: anUpdate('Support'), error: new Error(text), durationMs: 1 } as const;
    const report = { plan: aPlan(), results: [result] } as never;
    const context = { program: '1', account: 'main', accountHash: '' };
    return format === 'text' ? renderReport(report, { color: false }) : jsonText(reportToJson(report, context));
  }, byShape),
);

test('nor by the HTTP API of a daemon: its documents and its errors', () =>
  withSecret((bench) =>
    withDaemon(bench, async (daemon) => {
      await until(async () => (await daemon.ask('/readyz')).status === 200);
      await expectHidden(async ({ text }) => {
        const body = { account: 'main', application: 'Support', reason: text };
        const paused = await daemon.ask('/api/v1/pause', { method: 'POST', body });
        expect(paused.status).toBe(200);
        return paused.text;
      });
      await expectHidden(async ({ text }) => {
        const missing = await daemon.ask(`/api/v1/accounts/${encodeURIComponent(text)}`);
        expect(missing.status).toBe(404);
        return missing.text;
      });
      await expectHidden(async ({ text }) => {
        await daemon.ask('/api/v1/pause', { method: 'POST', body: { application: 'Support', reason: text } });
        return (await daemon.ask('/api/v1/accounts/main')).text;
      });
      await expectHidden(async ({ text }) => {
        bench.emulator.admin.seed([{ name: `Leak ${text}` }]);
        return (await daemon.ask('/api/v1/plan')).text;
      });
    }),
  ));

test.each(['/metrics', '/readyz'])('nor by %s, which everybody may read', async (path) => {
  const spec = aSpec(aSpecConfig('hunter22'));
  spec.open = async () => {
    throw new ReconcilerError('E_CREDENTIALS_MISSING', { account: 'hunter22', what: 'API key', remedy: 'it' });
  };
  const { ask } = await served({ specs: [spec] });

  const text = await (await ask(path, { token: null })).text();

  expect(text).not.toContain('hunter22');
  expect(text).toContain('(sensitive)');
  await stopAll();
});

test.each(['webhook', 'slack'] as const)('nor by a notification of the kind %s', async (kind) => {
  const { redaction } = redactedContext(testWorld({ cwd: '/' }).context);
  redaction.learn([apiSecret]);
  const url = { read: () => 'https://hooks.example.com/', source: 'test', file: undefined, variables: [] };

  await expectHidden(async ({ text }) => {
    const sent: string[] = [];
    const notifier = new Notifier({
      targets: () => [{ kind, url, secret: undefined, events: undefined }],
      deliver: async ({ body }) => {
        sent.push(body);
        return 200;
      },
      clock: new ManualClock(),
      log: aLog(),
      scrub: redaction.scrub,
      count: () => undefined,
    });
    const message = `changed outside: ${text}`;
    notifier.tell([{ event: 'drifted', account: 'main', at: 0, pass: 1, revision: 'r', message, applications: [] }]);
    await settled();
    await notifier.close(0);
    return sent.join('');
  });
});

test('a rotated secret is hidden from the moment it is read, and so is the one before it', () =>
  withSecret(async (bench) => {
    const [one, two] = ['first-secret-of-hook', 'second-secret-of-hook'];
    const file = await bench.write('hook', `${one}\n`);
    await bench.write(
      'vonage-gitops.yaml',
      configYaml({ daemon: '  notifications: [{ kind: slack, url: { file: hook } }]' }),
    );
    const { session, stderr } = await aSession(bench, false);
    await writeFile(file, `${two}\n`);
    session.config.daemon.notifications[0]?.url.read();

    await session.log.open();
    session.log.warn({ one, two }, 'seen');

    expect(JSON.parse(stderr())).toMatchObject({ one: '(sensitive)', two: '(sensitive)' });
  }));
