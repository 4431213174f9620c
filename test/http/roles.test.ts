import { afterEach, describe, expect, test } from 'vitest';
import { apiTokens } from '../../src/config/tokens.ts';
import { judgeToken } from '../../src/http/access.ts';
import { type Role, routes } from '../../src/http/routes.ts';
import { errorSchema } from '../../src/status/documents.ts';
import { aConfig, aSpec } from '../daemon/fakes.ts';
import { locked, noTokens, secretOf, served, stopAll, unreadable } from '../daemon/served.ts';

afterEach(stopAll);

/** What each token may do, said once more and apart from the code. */
const allowed: Readonly<Record<string, readonly Role[]>> = {
  acts: ['read', 'plan', 'sync', 'act'],
  reads: ['read'],
  syncs: ['sync'],
  approves: ['approve'],
  plans: ['plan'],
};

const tokens = Object.keys(allowed);
const roles: readonly Role[] = ['read', 'plan', 'sync', 'act', 'approve'];

const usual = apiTokens({ daemon: locked, sources: [{ name: 'voice', planToken: secretOf('plans') }] });

/** Any account and application: whether there is one is looked at only after the token. */
const pathOf = (route: string) => `/api/v1${route.split(' ')[1]}`.replaceAll(/:\w+/g, 'none');

describe('every route', () => {
  test.each(routes.flatMap((one) => tokens.map((token) => ({ ...one, token }))))(
    '$route takes the role $role, whether or not the token $token has it',
    async ({ route, role, token }) => {
      const { ask } = await served({ specs: [aSpec(), aSpec(aConfig('second'))] });

      const { status } = await ask(pathOf(route), { method: route.split(' ')[0] ?? '', token });

      if (allowed[token]?.includes(role)) expect([401, 403]).not.toContain(status);
      else expect(status).toBe(403);
    },
  );

  test.each(routes)(
    '$route is closed without a token, with a wrong one, and off where no token has its role',
    async ({ route }) => {
      const { ask } = await served();
      const without = await served({ config: { ...locked, ...noTokens }, sources: [] });
      const method = route.split(' ')[0] ?? '';

      expect((await ask(pathOf(route), { method, token: null })).status).toBe(401);
      expect((await ask(pathOf(route), { method, token: 'guessed' })).status).toBe(401);
      expect((await without.ask(pathOf(route), { method })).status).toBe(404);
    },
  );

  test('of the server is in the table, or open to all', async () => {
    const { registered } = await served();

    const known = routes.map(({ route }) => route.replace(' ', ' /api/v1'));
    expect(registered.filter((route) => !known.includes(route))).toEqual([
      'ALL /*',
      'GET /healthz',
      'GET /readyz',
      'GET /metrics',
      'POST /hooks/:kind/:source',
    ]);
  });

  test.each([
    { method: 'GET', path: '/api/v1/nothing' },
    { method: 'POST', path: '/api/v1/status' },
    { method: 'DELETE', path: '/api/v1/accounts/main' },
    { method: 'GET', path: '/api/v1/sync' },
    { method: 'GET', path: '/api/v2/status' },
    { method: 'POST', path: '/api/v1/pause/' },
    { method: 'POST', path: '/api/v1//pause' },
  ])('but $method $path', async ({ method, path }) => {
    const { ask } = await served();

    expect((await ask(path, { method })).status).toBe(404);
  });
});

test('HEAD takes what GET takes', async () => {
  const { ask } = await served();

  const statuses = ['reads', 'syncs', null].map(
    async (token) => (await ask('/api/v1/status', { method: 'HEAD', token })).status,
  );

  expect(await Promise.all(statuses)).toEqual([200, 403, 401]);
});

test('a refused token hears which one it takes', async () => {
  const { ask } = await served();

  const answer = await ask('/api/v1/sync', { method: 'POST', token: 'reads' });

  expect(errorSchema.parse(await answer.json()).error).toEqual({
    code: 'FORBIDDEN',
    message: 'this token may not do this: it takes daemon.token or daemon.syncToken',
  });
});

describe('a token', () => {
  test.each(tokens)('%s has its roles and no other', (token) => {
    const had = roles.filter((role) => typeof judgeToken(`Bearer ${token}`, role, usual) === 'object');

    expect(had).toEqual(allowed[token]);
  });

  test('that plans is known by its sources, which may share one', () => {
    const sources = ['voice', 'video', 'chat'].map((name) => ({
      name,
      planToken: secretOf(name === 'chat' ? 'another' : 'plans'),
    }));

    const caller = judgeToken('Bearer plans', 'plan', apiTokens({ daemon: locked, sources }));

    expect(caller).toEqual({ setting: 'sources.voice.planToken', sources: ['voice', 'video'] });
  });

  test('that acts plans everything', () => {
    expect(judgeToken('Bearer acts', 'plan', usual)).toEqual({ setting: 'daemon.token', sources: undefined });
  });

  test('of two kinds, as a rotation may make one, opens nothing', () => {
    const tokens = apiTokens({ daemon: { ...locked, approveToken: secretOf('acts') }, sources: [] });

    expect(roles.map((role) => judgeToken('Bearer acts', role, tokens))).toEqual(roles.map(() => 'unknown'));
  });

  test('that cannot be read does not keep others out', () => {
    const tokens = apiTokens({ daemon: { ...locked, approveToken: unreadable }, sources: [] });

    expect(judgeToken('Bearer acts', 'act', tokens)).toMatchObject({ setting: 'daemon.token' });
    expect(judgeToken('Bearer ', 'approve', tokens)).toBe('missing');
    expect(judgeToken('Bearer acts', 'approve', tokens)).toBe('forbidden');
  });

  test('to approve is needed for approving: without one, that does not exist', () => {
    const tokens = apiTokens({ daemon: { ...locked, approveToken: undefined }, sources: [] });

    expect(judgeToken('Bearer acts', 'approve', tokens)).toBe('off');
  });
});
