import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { DaemonConfig } from '../config/daemon.ts';
import { messageOf, ReconcilerError } from '../core/errors.ts';
import { stuckAccounts, unreadyAccounts } from '../daemon/health.ts';
import { isKnownHost, judgeToken, type Wish } from './access.ts';
import { actRoutes } from './act-routes.ts';
import { readRoutes } from './read-routes.ts';
import { type HttpOptions, HttpRefusal } from './responses.ts';

const largestBody = 64 * 1024;

/**
 * Health, metrics and the HTTP API. Open to all who reach it are /healthz, /readyz and /metrics only; everything below /api/ needs a
 * token, and does not exist as long as none is configured.
 */
export function httpApp(options: HttpOptions): Hono {
  const app = new Hono();
  app.use('*', async (c, next) => {
    if (!isKnownHost(c.req.header('host'), options.config())) {
      throw new HttpRefusal(403, 'HOST_REFUSED', 'this host name is not allowed: add it to daemon.hosts');
    }
    await next();
    c.header('cache-control', 'no-store');
    c.header('x-content-type-options', 'nosniff');
  });
  probes(app, options);
  app.use('/api/*', (c, next) => {
    authorize(c, c.req.method === 'GET' ? 'read' : 'act', options.config());
    return next();
  });
  const tooLarge = () => {
    throw new HttpRefusal(413, 'BODY_TOO_LARGE', `the body must not exceed ${largestBody} bytes`);
  };
  app.use('/api/*', bodyLimit({ maxSize: largestBody, onError: tooLarge }));
  app.route('/api/v1', readRoutes(options));
  app.route('/api/v1', actRoutes(options));
  app.notFound((c) => c.json({ error: { code: 'NOT_FOUND', message: 'not found' } }, 404));
  app.onError((error, c) => respondToError(error, c, options));
  return app;
}

function probes(app: Hono, { daemon, metrics, clock, configurationValid, sources, scrub }: HttpOptions): void {
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

function authorize(c: Context, wish: Wish, config: DaemonConfig): void {
  switch (judgeToken(c.req.header('authorization'), wish, config)) {
    case 'allowed':
      return;
    case 'off':
      throw new HttpRefusal(404, 'NOT_FOUND', 'not found');
    case 'forbidden':
      throw new HttpRefusal(403, 'READ_ONLY', 'this token is read-only');
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
    if (error.status === 401) c.header('www-authenticate', 'Bearer');
    return respond(error.status, error.code, error.message);
  }
  if (error instanceof ReconcilerError) return respond(502, error.code, error.message);
  log.error({ err: error, path: c.req.path }, 'request failed');
  return respond(500, 'UNEXPECTED', messageOf(error));
}
