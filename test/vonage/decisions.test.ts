import { describe, expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import { proxyFor, proxySecrets } from '../../src/net/proxy.ts';
import { type AttemptResult, attemptKind, type Verb } from '../../src/vonage/attempt-result.ts';
import { admission, afterAttempt, type BreakerState, closedBreaker, healthOf } from '../../src/vonage/breaker.ts';
import { assertHostAllowed } from '../../src/vonage/hosts.ts';
import { backoffDelay, isRepeated, maxAttempts, mayHaveTakenEffect, parseRetryAfter } from '../../src/vonage/retry.ts';
import { unknownMember } from '../../src/vonage/wire.ts';

const verbs: readonly Verb[] = ['GET', 'PUT', 'DELETE', 'POST'];

function answer(status: number): AttemptResult {
  return { kind: 'response', status, contentType: '', retryAfter: undefined, date: undefined, text: '' };
}

function broken(kind: 'lost' | 'not-sent' | 'untrusted'): AttemptResult {
  return { kind, code: 'E', reason: '' };
}

describe('which attempts are repeated', () => {
  const all = { GET: true, PUT: true, DELETE: true, POST: true };
  const none = { GET: false, PUT: false, DELETE: false, POST: false };
  const notPost = { ...all, POST: false };

  test.each([
    { title: '200', reply: answer(200), expected: none, effect: true },
    { title: '302', reply: answer(302), expected: none, effect: true },
    { title: '400', reply: answer(400), expected: none, effect: false },
    { title: '401', reply: answer(401), expected: none, effect: false },
    { title: '404', reply: answer(404), expected: none, effect: false },
    { title: '408', reply: answer(408), expected: notPost, effect: true },
    { title: '429', reply: answer(429), expected: all, effect: false },
    { title: '500', reply: answer(500), expected: notPost, effect: true },
    { title: '503', reply: answer(503), expected: notPost, effect: true },
    { title: 'a lost response', reply: broken('lost'), expected: notPost, effect: true },
    { title: 'a refused connection', reply: broken('not-sent'), expected: all, effect: false },
    { title: 'a refused certificate', reply: broken('untrusted'), expected: none, effect: false },
  ])('$title', ({ reply, expected, effect }) => {
    const kind = attemptKind(reply);

    expect(Object.fromEntries(verbs.map((verb) => [verb, isRepeated(verb, kind, 1)]))).toEqual(expected);
    expect(mayHaveTakenEffect(kind)).toBe(effect);
    expect(verbs.some((verb) => isRepeated(verb, kind, maxAttempts))).toBe(false);
  });
});

test.each([
  { attempt: 1, retryAfterMs: undefined, random: 0, expected: 0 },
  { attempt: 1, retryAfterMs: undefined, random: 1, expected: 500 },
  { attempt: 3, retryAfterMs: undefined, random: 0.5, expected: 1000 },
  { attempt: 20, retryAfterMs: undefined, random: 1, expected: 20_000 },
  { attempt: 1, retryAfterMs: 2000, random: 0, expected: 2000 },
  { attempt: 9, retryAfterMs: 2000, random: 1, expected: 2500 },
])('attempt $attempt with Retry-After $retryAfterMs waits $expected ms at random $random', (row) => {
  expect(backoffDelay(row.attempt, row.retryAfterMs, row.random)).toBe(row.expected);
});

test.each([
  { header: '3', expected: 3000 },
  { header: ' 0 ', expected: 0 },
  { header: '3600', expected: 60_000 },
  { header: 'Mon, 23 Nov 2026 12:00:05 GMT', expected: 5000 },
  { header: 'Mon, 23 Nov 2026 13:00:00 GMT', expected: 60_000 },
  { header: 'Mon, 23 Nov 2026 11:00:00 GMT', expected: 0 },
  { header: 'soon', expected: undefined },
  { header: '-1', expected: undefined },
  { header: '1.5', expected: undefined },
  { header: '', expected: undefined },
  { header: undefined, expected: undefined },
])('Retry-After "$header" is $expected ms', ({ header, expected }) => {
  expect(parseRetryAfter(header, Date.parse('2026-11-23T12:00:00Z'))).toBe(expected);
});

describe('the circuit breaker', () => {
  test.each([
    { title: '200', reply: answer(200), expected: 'healthy' },
    { title: '404', reply: answer(404), expected: 'healthy' },
    { title: '401', reply: answer(401), expected: 'unauthorized' },
    { title: '403', reply: answer(403), expected: 'unauthorized' },
    { title: '429', reply: answer(429), expected: 'neutral' },
    { title: '302', reply: answer(302), expected: 'neutral' },
    { title: '503', reply: answer(503), expected: 'failing' },
    { title: 'a lost response', reply: broken('lost'), expected: 'failing' },
    { title: 'a refused connection', reply: broken('not-sent'), expected: 'failing' },
    { title: 'a refused certificate', reply: broken('untrusted'), expected: 'failing' },
  ])('takes $title for $expected', ({ reply, expected }) => {
    expect(healthOf(reply)).toBe(expected);
  });

  const open: BreakerState = { ...closedBreaker, unauthorized: 3, openings: 1, openUntil: 30_000 };

  test.each([
    { title: 'closed', state: closedBreaker, now: 0, expected: 'free' },
    { title: 'open', state: open, now: 29_999, expected: 'refused' },
    { title: 'its pause over', state: open, now: 30_000, expected: 'probe' },
    { title: 'a probe under way', state: { ...open, probing: true }, now: 30_000, expected: 'refused' },
  ])('$title: $expected', ({ state, now, expected }) => {
    expect(admission(state, now)).toBe(expected);
  });

  test.each([
    { health: 'unauthorized' as const, limit: 3 },
    { health: 'failing' as const, limit: 10 },
  ])('opens after $limit times $health in a row', ({ health, limit }) => {
    let state = closedBreaker;
    for (let n = 1; n < limit; n += 1) state = afterAttempt(state, health, false, 0);
    const last = afterAttempt(state, health, false, 0);
    const interrupted = afterAttempt(afterAttempt(state, 'healthy', false, 0), health, false, 0);

    expect(state.openUntil).toBeUndefined();
    expect(last.openUntil).toBe(30_000);
    expect(interrupted.openUntil).toBeUndefined();
  });

  test('stays open twice as long after each failed probe, 15 minutes at most', () => {
    const pauses: number[] = [];
    let state = open;
    for (let n = 0; n < 7; n += 1) {
      state = afterAttempt({ ...state, probing: true }, 'failing', true, 0);
      pauses.push((state.openUntil ?? 0) / 1000);
    }

    expect(pauses).toEqual([60, 120, 240, 480, 900, 900, 900]);
  });

  test('closes by one healthy answer, and is not moved by late failures or a probe without a verdict', () => {
    expect(afterAttempt(open, 'healthy', true, 0)).toEqual(closedBreaker);
    expect(afterAttempt(open, 'failing', false, 10_000)).toEqual(open);
    expect(afterAttempt({ ...open, probing: true }, 'neutral', true, 0)).toEqual(open);
  });
});

describe('where credentials may go', () => {
  test.each([
    'https://api.nexmo.com',
    'https://api.nexmo.com.',
    'https://api-eu.vonage.com/x',
    'https://nexmo.com',
    'http://localhost:4010',
    'http://127.0.0.1:4010',
    'http://[::1]:4010',
    'http://emulator:4010',
    'https://api.example.com',
  ])('%s', (url) => {
    expect(() => assertHostAllowed(url, [' Emulator:4010', 'api.example.com'])).not.toThrow();
  });

  test.each([
    { url: 'http://api.nexmo.com', allowed: ['api.nexmo.com'] },
    { url: 'https://evilnexmo.com', allowed: [] },
    { url: 'https://api.nexmo.com.evil.org', allowed: [] },
    { url: 'https://api.nexmo.com@evil.org', allowed: [] },
    { url: 'https://localhost.evil.org', allowed: [] },
    { url: 'http://127.0.0.1.evil.org', allowed: [] },
    { url: 'http://emulator:4011', allowed: ['emulator:4010'] },
    { url: 'ftp://127.0.0.1', allowed: [] },
    { url: 'not a url', allowed: [] },
  ])('never $url', ({ url, allowed }) => {
    expect(() => assertHostAllowed(url, allowed)).toThrow(expect.objectContaining({ code: 'E_HOST_REFUSED' }));
  });

  test('a refusal does not print the password in the address', () => {
    const refusal = (url: string): string => {
      try {
        assertHostAllowed(url, []);
      } catch (error) {
        return error instanceof ReconcilerError ? error.message : '';
      }
      return '';
    };

    expect(refusal('https://me:hunter22@evil.org')).toContain('https://evil.org');
    expect(refusal('https://me:hunter22@evil.org')).not.toContain('hunter22');
    expect(refusal('https://me:hunter22@ evil')).not.toContain('hunter22');
  });
});

describe('which proxy', () => {
  const proxy = { httpsProxy: 'http://proxy:3128', httpProxy: 'proxy:8080' };

  test.each([
    { url: 'https://api.nexmo.com', noProxy: undefined, expected: 'http://proxy:3128/' },
    { url: 'http://emulator:4010', noProxy: '', expected: 'http://proxy:8080/' },
    { url: 'https://api.nexmo.com', noProxy: 'example.com, nexmo.com', expected: undefined },
    { url: 'https://api.nexmo.com', noProxy: '.nexmo.com', expected: undefined },
    { url: 'https://api.nexmo.com', noProxy: '*', expected: undefined },
    { url: 'http://emulator:4010', noProxy: 'emulator:4010', expected: undefined },
    { url: 'https://api.nexmo.com', noProxy: 'xnexmo.com', expected: 'http://proxy:3128/' },
    { url: 'http://127.0.0.1:4010', noProxy: '', expected: undefined },
  ])('$url with NO_PROXY "$noProxy": $expected', ({ url, noProxy, expected }) => {
    expect(proxyFor(new URL(url), { ...proxy, noProxy })?.href).toBe(expected);
  });

  test.each([
    { address: undefined, expected: [] },
    { address: 'http://me:p%40ss@proxy:1', expected: ['p%40ss', 'p@ss'] },
    { address: 'http://me:50%off@proxy:1', expected: ['50%off'] },
  ])('the password in $address is a secret', ({ address, expected }) => {
    expect(proxySecrets(address === undefined ? undefined : new URL(address))).toEqual(expected);
  });

  test('none where none is set, and an address that is none is refused', () => {
    expect(proxyFor(new URL('https://api.nexmo.com'), {})).toBeUndefined();
    expect(() => proxyFor(new URL('https://api.nexmo.com'), { httpsProxy: 'http://:::' })).toThrow(/HTTPS_PROXY/);
    expect(() => proxyFor(new URL('http://emulator'), { httpProxy: 'a b' })).toThrow(/HTTP_PROXY/);
  });
});

test.each([
  {
    detail: 'connection_timeout is not a known json property\n (4 known properties: "address")',
    member: 'connection_timeout',
  },
  { detail: '"region" is not a known json property', member: 'region' },
  { detail: 'The request failed due to validation errors', member: undefined },
  { detail: 'is not a known json property', member: undefined },
  { detail: '', member: undefined },
])('"$detail" names $field', ({ detail, member }) => {
  expect(unknownMember(detail)).toBe(member);
});
