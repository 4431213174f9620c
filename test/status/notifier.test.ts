import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { deliverBy } from '../../src/app/daemon/daemon-endpoints.ts';
import type { NotificationConfig } from '../../src/config/daemon.ts';
import { ReconcilerError } from '../../src/core/errors.ts';
import { scrubber } from '../../src/core/redact/scrubber.ts';
import { type Deliver, Notifier } from '../../src/status/notifier.ts';
import type { Transition } from '../../src/status/transitions.ts';
import { aLog } from '../daemon/builders.ts';
import { ManualClock, settled } from '../daemon/manual-clock.ts';

const secretOf = (value: string): NotificationConfig['url'] => ({
  read: () => value,
  source: 'test',
  file: undefined,
  variables: [],
});

const webhook: NotificationConfig = {
  kind: 'webhook',
  url: secretOf('https://hooks.example.com/T0/secret-path'),
  secret: secretOf('signing-key'),
  events: undefined,
};

const transition: Transition = {
  event: 'drifted',
  account: 'main',
  at: 1_000_000,
  pass: 3,
  revision: 'r1',
  message: 'changed outside of vonage-gitops: "Support <1>"',
  applications: ['Support <1>'],
};

type Sent = Parameters<Deliver>[0];

function aNotifier(targets: readonly NotificationConfig[], answers: readonly (number | Error)[] = []) {
  const sent: Sent[] = [];
  const counted: string[] = [];
  const clock = new ManualClock();
  const log = aLog();
  const left = [...answers];
  const deliver: Deliver = async (request) => {
    sent.push(request);
    const answer = left.shift() ?? 200;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const scrub = scrubber(['hunter22']);
  const count = (kind: string, result: string) => void counted.push(`${kind} ${result}`);
  return {
    sent,
    counted,
    clock,
    log,
    notifier: new Notifier({ targets: () => targets, deliver, clock, log, scrub, count }),
  };
}

test('news of a source carry its name in place of an account', async () => {
  const { notifier, sent, log } = aNotifier([
    webhook,
    { kind: 'slack', url: secretOf('https://hooks.slack.com/x'), secret: undefined, events: undefined },
  ]);
  const { account: _none, pass: _pass, ...about } = transition;

  notifier.tell([{ ...about, event: 'source-refused', source: 'voice', message: 'it is not signed' }]);
  await settled();

  const [first, second] = sent.map(({ body }) => JSON.parse(body));
  expect(first).toMatchObject({ event: 'source-refused', source: 'voice', message: 'it is not signed' });
  expect(first).not.toHaveProperty('account');
  expect(second).toEqual({ text: 'vonage-gitops *source voice* source-refused: it is not signed' });
  expect(log.lines[0]).toMatchObject({ fields: { source: 'voice', notification: 'source-refused' } });
});

test('a webhook gets the transition, signed together with its time', async () => {
  const { notifier, sent, counted } = aNotifier([webhook]);

  notifier.tell([transition]);
  await settled();

  const [request] = sent;
  expect(JSON.parse(request?.body ?? '')).toMatchObject({
    format: 'vonage-gitops.notification/1',
    id: expect.stringMatching(/^[0-9a-f]{32}$/),
    at: '1970-01-01T00:16:40.000Z',
    event: 'drifted',
    account: 'main',
    applications: ['Support <1>'],
  });
  const stamp = request?.headers['x-vonage-gitops-timestamp'];
  const expected = createHmac('sha256', 'signing-key').update(`${stamp}.${request?.body}`).digest('hex');
  expect(request?.headers['x-vonage-gitops-signature']).toBe(`sha256=${expected}`);
  expect(counted).toEqual(['webhook sent']);
});

test('Slack gets a text without markup of its own', async () => {
  const { notifier, sent } = aNotifier([
    { kind: 'slack', url: secretOf('https://hooks.slack.com/x'), secret: undefined, events: undefined },
  ]);

  notifier.tell([transition]);
  await settled();

  expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
    text: 'vonage-gitops *main* drifted: changed outside of vonage-gitops: "Support &lt;1&gt;"',
  });
  expect(Object.keys(sent[0]?.headers ?? {})).toEqual(['content-type']);
});

test('a target hears only what it asked for', async () => {
  const { notifier, sent } = aNotifier([{ ...webhook, events: ['failed'] }]);

  notifier.tell([transition, { ...transition, event: 'failed' }]);
  await settled();

  expect(sent.map(({ body }) => JSON.parse(body).event)).toEqual(['failed']);
});

test('the same sentence is told again only after a quarter of an hour', async () => {
  const { notifier, sent } = aNotifier([webhook]);

  notifier.tell([transition]);
  notifier.tell([{ ...transition, at: transition.at + 60_000 }]);
  notifier.tell([{ ...transition, at: transition.at + 16 * 60_000 }]);
  await settled();

  expect(sent).toHaveLength(2);
});

test('what is not taken is sent again, later each time, as the same notification', async () => {
  const { notifier, sent, clock, counted } = aNotifier(
    [webhook],
    [500, Object.assign(new Error('no'), { code: 'ECONNRESET' })],
  );

  notifier.tell([transition]);
  await settled();
  expect(clock.untilNext()).toBe(1_000);
  await clock.advance(1_000);
  expect(clock.untilNext()).toBe(4_000);
  await clock.advance(4_000);

  expect(sent).toHaveLength(3);
  expect(new Set(sent.map(({ body }) => body)).size).toBe(1);
  expect(counted).toEqual(['webhook sent']);
});

test('after five attempts it is given up, and neither log nor error says the address', async () => {
  const { notifier, sent, clock, log, counted } = aNotifier(
    [webhook],
    [500, 500, 500, new Error('https://hooks.example.com/T0/secret-path'), 404],
  );

  notifier.tell([transition]);
  await settled();
  for (let attempt = 0; attempt < 4; attempt += 1) await clock.advance(clock.untilNext() ?? 0);

  expect(sent).toHaveLength(5);
  expect(counted).toEqual(['webhook failed']);
  expect(JSON.stringify(log.lines)).not.toContain('secret-path');
});

test('an address that is missing is given up like one that does not answer', async () => {
  const missing = () => {
    throw new ReconcilerError('E_CREDENTIALS_MISSING', { account: 'daemon', what: 'address', remedy: 'it' });
  };
  const { notifier, sent, clock, counted } = aNotifier([{ ...webhook, url: { ...webhook.url, read: missing } }]);

  notifier.tell([transition]);
  await settled();
  for (let attempt = 0; attempt < 4; attempt += 1) await clock.advance(clock.untilNext() ?? 0);

  expect(sent).toEqual([]);
  expect(counted).toEqual(['webhook failed']);
});

test('the queue is bounded: what comes too much is dropped and counted', async () => {
  const { notifier, counted } = aNotifier([webhook]);

  notifier.tell(Array.from({ length: 130 }, (_, index) => ({ ...transition, message: `number ${index}` })));

  expect(counted.filter((what) => what === 'webhook dropped')).toHaveLength(30);
  await settled();
});

test('at the end what waits gets a moment, and no more', async () => {
  const { notifier, clock, counted } = aNotifier([webhook], [500, 500, 500, 500, 500]);
  notifier.tell([transition]);
  await settled();

  const closing = notifier.close(500);
  await clock.advance(500);
  await closing;

  expect(counted).toEqual(['webhook failed']);
});

test('a real server takes a notification of a real daemon’s sender', async () => {
  const bodies: string[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
    request.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const deliver = deliverBy({});
    const target = { ...webhook, url: secretOf(`http://127.0.0.1:${port}/hook`) };
    const notifier = new Notifier({
      targets: () => [target],
      deliver,
      clock: new ManualClock(),
      log: aLog(),
      scrub: scrubber([]),
      count: () => undefined,
    });

    notifier.tell([transition]);
    await expect.poll(() => bodies.length).toBe(1);

    expect(JSON.parse(bodies[0] ?? '').event).toBe('drifted');
  } finally {
    server.close();
  }
});
