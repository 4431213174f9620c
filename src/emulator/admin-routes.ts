import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { Hono } from 'hono';
import { TrieRouter } from 'hono/router/trie-router';
import { z } from 'zod';
import type { EmulatorAdmin } from './admin.ts';
import { faultRuleSchema } from './faults/fault-rule.ts';
import { FlagError, parseFault } from './flags.ts';
import type { JsonObject } from './json.ts';
import { ownedNumbersSchema } from './numbers/owned-number.ts';

const bodySchema = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object',
);
const seedSchema = z
  .strictObject({
    count: z.int().min(0).max(1_000_000).exactOptional(),
    applications: z.array(bodySchema).exactOptional(),
  })
  .refine((seed) => (seed.count === undefined) !== (seed.applications === undefined), 'expected count or applications')
  .transform(({ count, applications }) => applications ?? count ?? 0);
const rulesSchema = z.preprocess(
  (body) => (Array.isArray(body) ? { rules: body } : body),
  z.strictObject({ rules: z.array(z.unknown()) }),
);

type AdminEnv = { Bindings: HttpBindings };

/**
 * The admin over HTTP, below a prefix the API never uses: `POST reset`, `POST seed`, `GET|PUT|DELETE faults`,
 * `GET requests`, `GET counts`, `POST clear-requests`, `GET applications`, `PUT|DELETE applications/:id`,
 * `GET|PUT numbers`, `DELETE numbers/:msisdn`.
 * Without credentials, hence from only allowed from this machine unless `open`. Fault rules are objects or the command line's text.
 */
export function adminRoutes(admin: EmulatorAdmin, open: boolean, saved: () => Promise<void>): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>({ router: new TrieRouter() });
  routes.use('*', async (c, next) => {
    if (!open && !isLoopback(c.env.incoming.socket.remoteAddress))
      return c.json({ error: 'only allowed from this machine' }, 403);
    await next();
    if (c.req.method !== 'GET') await saved();
    return undefined;
  });
  routes.onError((error, c) => {
    const isOurs = error instanceof z.ZodError || error instanceof FlagError || error instanceof SyntaxError;
    const message = error instanceof z.ZodError ? z.prettifyError(error) : error.message;
    return c.json({ error: message }, isOurs ? 400 : 500);
  });
  addRequestRoutes(routes, admin);
  addFaultRoutes(routes, admin);
  addApplicationRoutes(routes, admin);
  addNumberRoutes(routes, admin);
  routes.all('*', (c) => c.json({ error: `the admin API has no ${c.req.method} ${c.req.path}` }, 404));
  return routes;
}

function addRequestRoutes(routes: Hono<AdminEnv>, admin: EmulatorAdmin): void {
  routes.get('/requests', (c) => c.json({ requests: admin.requests() }));
  routes.get('/counts', (c) => c.json(admin.counts()));
  routes.post('/clear-requests', (c) => {
    admin.clearRequests();
    return c.body(null, 204);
  });
  routes.post('/reset', (c) => {
    admin.reset();
    return c.body(null, 204);
  });
}

function addFaultRoutes(routes: Hono<AdminEnv>, admin: EmulatorAdmin): void {
  routes.get('/faults', (c) => c.json({ rules: admin.faultRules() }));
  routes.put('/faults', async (c) => {
    const { rules } = rulesSchema.parse(await readBody(c));
    admin.faults(rules.map((rule) => (typeof rule === 'string' ? parseFault(rule) : faultRuleSchema.parse(rule))));
    return c.json({ rules: admin.faultRules() });
  });
  routes.delete('/faults', (c) => {
    admin.faults([]);
    return c.body(null, 204);
  });
}

function addApplicationRoutes(routes: Hono<AdminEnv>, admin: EmulatorAdmin): void {
  routes.post('/seed', async (c) => {
    return c.json({ ids: admin.seed(seedSchema.parse(await readBody(c))) }, 201);
  });
  routes.get('/applications', (c) => c.json({ applications: admin.applications() }));
  routes.put('/applications/:id', async (c) => {
    admin.put(c.req.param('id'), bodySchema.parse(await readBody(c)));
    return c.body(null, 204);
  });
  routes.delete('/applications/:id', (c) => c.body(null, admin.remove(c.req.param('id')) ? 204 : 404));
}

function addNumberRoutes(routes: Hono<AdminEnv>, admin: EmulatorAdmin): void {
  routes.get('/numbers', (c) => c.json({ numbers: admin.numbers() }));
  routes.put('/numbers', async (c) => {
    admin.putNumbers(ownedNumbersSchema.parse(await readBody(c)));
    return c.json({ numbers: admin.numbers() });
  });
  routes.delete('/numbers/:msisdn', (c) => c.body(null, admin.removeNumber(c.req.param('msisdn')) ? 204 : 404));
}

async function readBody(c: Context<AdminEnv>): Promise<unknown> {
  return JSON.parse(await c.req.text());
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::ffff:)?127\.|^::1$/.test(address);
}
