import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Metrics } from '../../src/status/metrics.ts';
import { Notifier } from '../../src/status/notifier.ts';
import { aLog } from '../daemon/builders.ts';
import { ManualClock, settled } from '../daemon/manual-clock.ts';
import { fencesOf, readPage, sectionOf, tableOf, withParts } from './pages.ts';

const sourceFolder = new URL('../../src/', import.meta.url);
const page = readPage('docs/operations.md');
const metrics = await new Metrics({ version: '0', node: '0', processMetrics: false }).registry.getMetricsAsJSON();

/** What a metric is labelled with; its values at the moment tell nothing. */
function labelsOf(name: string): readonly string[] {
  const metric = new Metrics({ version: '0', node: '0', processMetrics: false }).registry.getSingleMetric(name);
  return metric !== undefined && 'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames : [];
}

test('the table of metrics in docs/operations.md is that of the program; -u brings it up to date', async () => {
  const rows = metrics.map(({ name, type, help }) => [
    `\`${name}\``,
    String(type),
    labelsOf(name)
      .map((label) => `\`${label}\``)
      .join(' '),
    help,
  ]);
  const parts = new Map([['metrics', tableOf(['metric', 'type', 'labels', 'meaning'], rows)]]);

  await expect(withParts(page, parts)).toMatchFileSnapshot('../../docs/operations.md');
});

test('every line of the log that the page names is one the program writes', () => {
  const source = readdirSync(sourceFolder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(new URL(name, sourceFolder), 'utf8'))
    .join('\n');
  const cells = ['Start-up output', 'What to do when'].flatMap((heading) => {
    const rows = sectionOf(page, heading).split('\n');
    return rows.filter((line) => line.startsWith('| ')).map((line) => line.split('|')[1] ?? '');
  });
  const named = cells.flatMap((cell) =>
    [...cell.matchAll(/`([a-z]+(?: [a-z0-9,:]+)+)`/g)].map(([, line = '']) => line),
  );

  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((line) => !source.includes(line))).toEqual([]);
});

interface Delivered {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A notification as the daemon sends it. */
async function aNotification(secret: string): Promise<Delivered> {
  const delivered: Delivered[] = [];
  const inMemory = (value: string) => ({ read: () => value, source: 'test', file: undefined, variables: [] });
  const target = {
    kind: 'webhook',
    url: inMemory('https://hooks.example.com/'),
    secret: inMemory(secret),
    events: undefined,
  } as const;
  const clock = new ManualClock();
  const notifier = new Notifier({
    targets: () => [target],
    deliver: async (letter) => {
      delivered.push(letter);
      return 200;
    },
    clock,
    log: aLog(),
    scrub: (text) => text,
    count: () => undefined,
  });
  notifier.tell([
    { event: 'synced', account: 'main', at: 0, pass: 1, revision: 'r1', message: 'in sync', applications: [] },
  ]);
  await settled();
  await notifier.close(0);
  const [first] = delivered;
  if (first === undefined) throw new Error('nothing was delivered');
  return first;
}

test('the code that verifies notifications takes genuine ones and no others', async () => {
  const code = fencesOf(page).find(({ language }) => language === 'js')?.text ?? '';
  const { isGenuine } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const { headers, body } = await aNotification('hunter22');
  const sentAt = Number(headers['x-vonage-gitops-timestamp']) * 1_000;

  expect(isGenuine(headers, body, 'hunter22', sentAt)).toBe(true);
  expect(isGenuine(headers, `${body} `, 'hunter22', sentAt)).toBe(false);
  expect(isGenuine(headers, body, 'hunter23', sentAt)).toBe(false);
  expect(isGenuine(headers, body, 'hunter22', sentAt + 301_000)).toBe(false);
  expect(isGenuine({}, body, 'hunter22', sentAt)).toBe(false);
});

test('the image has the programs that git sources need, and the page says which', () => {
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
  const installed = /apt-get install --yes --no-install-recommends (.+?) \\\n/.exec(dockerfile)?.[1]?.split(' ');

  expect(installed).toEqual(['git', 'gpg', 'openssh-client']);
  expect(page.text).toContain("git, OpenSSH's client (`ssh`, and `ssh-keygen` for signatures), `gpg`");
});
