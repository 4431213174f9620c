import type { Context, MiddlewareHandler } from 'hono';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { TrieRouter } from 'hono/router/trie-router';
import type { ApiToken } from '../config/tokens.ts';
import { messageOf, ReconcilerError } from '../core/errors.ts';
import { stuckAccounts, unreadyAccounts } from '../daemon/health.ts';
import { isKnownHost, judgeToken } from './access.ts';
import { actRoutes } from './act-routes.ts';
import { approveRoute } from './approve-route.ts';
import { hookRoute } from './hook-route.ts';
import { planRoutes } from './plan-routes.ts';
import { readRoutes } from './read-routes.ts';
import { type HttpOptions, HttpRefusal } from './responses.ts';
import { type Caller, type Handlers, type Role, routes, settingsOf } from './routes.ts';
import { SharedLooks } from './shared-looks.ts';

const largestBody = 64 * 1024;

interface Env {
  readonly Variables: { readonly caller: Caller };
}

/**
 * Health, metrics, webhooks and the HTTP API. Open to all who reach it are /healthz, /readyz and /metrics only. Webhooks need a
 * signature, and every route below /api/ a token that has its role; what has none configured does not exist.
 */
export function httpApp(options: HttpOptions): Hono<Env> {
  const app = new Hono<Env>({ router: new TrieRouter() });
  app.use('*', async (c, next) => {
    if (!isKnownHost(c.req.header('host'), options.config())) {
      throw new HttpRefusal(403, 'HOST_REFUSED', 'this host name is not allowed: add it to daemon.hosts');
    }
    await next();
    c.header('cache-control', 'no-store');
    c.header('x-content-type-options', 'nosniff');
  });
  probes(app, options);
  app.post('/hooks/:kind/:source', hookRoute(options));
  serve(app, options);
  app.notFound((c) => c.json({ error: { code: 'NOT_FOUND', message: 'not found' } }, 404));
  app.onError((error, c) => respondToError(error, c, options));
  return app;
}

function probes(app: Hono<Env>, { daemon, metrics, clock, configurationValid, sources, scrub }: HttpOptions): void {
  const respond = (c: Context, document: object, isWell: boolean) =>
    c.body(scrub(JSON.stringify(document)), isWell ? 200 : 503, { 'content-type': 'application/json' });
  app.get('/healthz', (c) => {
    const stuck = stuckAccounts(daemon.accounts, clock);
    return respond(c, { alive: stuck.length === 0, stuck }, stuck.length === 0);
  });
  app.get('/readyz', (c) => {
    const waiting = unreadyAccounts(daemon.accounts);
    return respond(c, { ready: waiting.length === 0, waiting }, waiting.length === 0);
  });
  app.get('/metrics', async (c) => {
    const text = await metrics.text({
      statuses: daemon.accounts.map(({ status }) => status),
      requestsPerSecond: (account) => daemon.account(account)?.loop.account?.requestsPerSecond(),
      configurationValid: configurationValid(),
      sources: sources(),
    });
    return c.body(scrub(text), 200, { 'content-type': metrics.registry.contentType });
  });
}

/** Every route of the table, and nothing else below /api/; who may not use it has no body of theirs read. */
function serve(app: Hono<Env>, options: HttpOptions): void {
  const looks = new SharedLooks(options);
  const handlers: Handlers = {
    ...readRoutes(options, looks),
    ...planRoutes(options, looks),
    ...actRoutes(options),
    ...approveRoute(options),
  };
  const tooLarge = () => {
    throw new HttpRefusal(413, 'BODY_TOO_LARGE', `the body must not exceed ${largestBody} bytes`);
  };
  const limit = bodyLimit({ maxSize: largestBody, onError: tooLarge });
  for (const { route, role } of routes) {
    const [method = '', path = ''] = route.split(' ');
    const admit: MiddlewareHandler<Env> = (c, next) => {
      c.set('caller', authorize(c, role, options.tokens()));
      return next();
    };
    app.on(method, `/api/v1${path}`, admit, limit, (c) => handlers[route](c, c.get('caller')));
  }
}

function authorize(c: Context, role: Role, tokens: readonly ApiToken[]): Caller {
  const verdict = judgeToken(c.req.header('authorization'), role, tokens);
  if (typeof verdict === 'object') return verdict;
  switch (verdict) {
    case 'off':
      throw new HttpRefusal(404, 'NOT_FOUND', 'not found');
    case 'forbidden':
      throw new HttpRefusal(403, 'FORBIDDEN', `this token may not do this: it takes ${settingsOf[role]}`);
    case 'missing':
      throw new HttpRefusal(401, 'UNAUTHORIZED', 'a bearer token is required');
    case 'unknown':
      throw new HttpRefusal(401, 'UNAUTHORIZED', 'this token is not valid');
  }
}

function respondToError(error: Error, c: Context, { scrub, log }: HttpOptions): Response {
  const respond = (status: HttpRefusal['status'] | 500 | 502, code: string, message: string) =>
    c.json({ error: { code, message: scrub(message) } }, status);
  if (error instanceof HttpRefusal) {
    if (error.code === 'UNAUTHORIZED') c.header('www-authenticate', 'Bearer');
    if (error.retryAfterSeconds !== undefined) c.header('retry-after', String(error.retryAfterSeconds));
    return respond(error.status, error.code, error.message);
  }
  if (error instanceof ReconcilerError) return respond(502, error.code, error.message);
  log.error({ err: error, path: c.req.path }, 'request failed');
  return respond(500, 'UNEXPECTED', messageOf(error));
}
