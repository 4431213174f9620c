import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type WebhookKind, webhookKinds } from '../../src/core/git/webhook-kind.ts';
import { webhookSignature } from '../../src/forge/webhook-signature.ts';

const secret = "It's a Secret to Everybody";
const body = 'Hello, World!';
const now = 1_764_295_200_000;
const timestamp = String(now / 1000);
const hmac = (text: string, key = secret) => createHmac('sha256', key).update(text).digest('hex');
/** Source: the example of docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries */
const documented = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

type Headers = Readonly<Record<string, string>>;

/** Whether a webhook is taken; undefined where its headers alone say no. */
function taken(kind: WebhookKind, headers: Headers, { key = secret, text = body, at = now } = {}) {
  const check = webhookSignature({ kind, secret: key, header: (name) => headers[name], now: at });
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += 5) check?.update(bytes.subarray(start, start + 5));
  return check?.isRight();
}

const right: Readonly<Record<WebhookKind, Headers>> = {
  github: { 'x-hub-signature-256': `sha256=${documented}` },
  bitbucket: { 'x-hub-signature': `sha256=${documented}` },
  gitea: { 'x-gitea-signature': documented },
  gitlab: { 'x-gitlab-token': secret },
  generic: {
    'x-vonage-gitops-timestamp': timestamp,
    'x-vonage-gitops-signature': `sha256=${hmac(`${timestamp}.${body}`)}`,
  },
};

describe.each(webhookKinds)('a webhook of kind %s', (kind) => {
  test('is taken when it is signed', () => {
    expect(taken(kind, right[kind])).toBe(true);
  });

  test('is refused with another secret', () => {
    expect(taken(kind, right[kind], { key: 'another' })).toBe(false);
  });

  test('is refused with the signature of any other kind, and with none', () => {
    const others = webhookKinds.filter((other) => other !== kind);

    expect(others.map((other) => taken(kind, right[other]))).toEqual(others.map(() => undefined));
    expect(taken(kind, {})).toBeUndefined();
  });
});

describe.each(['github', 'bitbucket', 'gitea', 'generic'] as const)('a signature of kind %s', (kind) => {
  const changed = (change: (value: string) => string): Headers =>
    Object.fromEntries(
      Object.entries(right[kind]).map(([name, value]) => [name, name.endsWith('timestamp') ? value : change(value)]),
    );
  const prefixed = (value: string) => (kind === 'gitea' ? value : `sha256=${value}`);

  test('is for this body', () => {
    expect(taken(kind, right[kind], { text: `${body} ` })).toBe(false);
    expect(taken(kind, right[kind], { text: '' })).toBe(false);
  });

  test('may have upper-case digits', () => {
    expect(
      taken(
        kind,
        changed((value) => value.replace(/[a-f]+/g, (digits) => digits.toUpperCase()).replace('shA', 'sha')),
      ),
    ).toBe(true);
  });

  test.each([
    { title: 'too short', change: (value: string) => value.slice(0, -1) },
    { title: 'too long', change: (value: string) => `${value}0` },
    { title: 'empty', change: () => '' },
    { title: 'without digits', change: () => prefixed('') },
    { title: 'not hexadecimal', change: (value: string) => `${value.slice(0, -1)}g` },
    { title: 'in base64', change: () => prefixed(Buffer.from(documented, 'hex').toString('base64')) },
    { title: 'of SHA-1', change: (value: string) => prefixed(value.slice(-40)) },
    { title: 'under another name of the algorithm', change: () => `sha1=${documented}` },
    { title: 'there twice', change: (value: string) => `${value}, ${value}` },
    { title: 'with a line break', change: (value: string) => `${value}\n` },
  ])('that is $title is none', ({ change }) => {
    expect(taken(kind, changed(change))).toBeUndefined();
  });
});

test('the secret token of GitLab is compared as a whole', () => {
  expect(taken('gitlab', { 'x-gitlab-token': secret.slice(0, -1) })).toBe(false);
  expect(taken('gitlab', { 'x-gitlab-token': '' })).toBe(false);
  expect(taken('gitlab', { 'x-gitlab-token': `${secret}, ${secret}` })).toBe(false);
});

test('the secret token of GitLab may have any character', () => {
  const key = 'pässwörd €';

  expect(taken('gitlab', { 'x-gitlab-token': Buffer.from(key).toString('latin1') }, { key })).toBe(true);
});

describe('a generic webhook', () => {
  test.each([
    { seconds: 300, expected: true },
    { seconds: -300, expected: true },
    { seconds: 301, expected: undefined },
    { seconds: -301, expected: undefined },
  ])('that is $seconds s old gets $expected', ({ seconds, expected }) => {
    expect(taken('generic', right.generic, { at: now + seconds * 1000 })).toBe(expected);
  });

  test.each(['', 'now', '1e9', '-5', `${timestamp}.0`, ` ${timestamp}`, '9'.repeat(400)])(
    'has no time in %j',
    (given) => {
      const headers = {
        'x-vonage-gitops-timestamp': given,
        'x-vonage-gitops-signature': `sha256=${hmac(`${given}.${body}`)}`,
      };

      expect(taken('generic', headers)).toBeUndefined();
    },
  );

  test('is signed together with its time', () => {
    const headers = { ...right.generic, 'x-vonage-gitops-timestamp': String(now / 1000 + 1) };

    expect(taken('generic', headers)).toBe(false);
  });
});
