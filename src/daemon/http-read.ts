import { type Context, Hono } from 'hono';
import type { z } from 'zod';
import { ReconcilerError } from '../core/errors.ts';
import { planToJson } from '../core/render/json.ts';
import { makePlan } from '../reconcile/reconcile.ts';
import type { OpenedAccount } from './account.ts';
import type { Keeper } from './daemon.ts';
import { accountSchema, explanationSchema, historySchema, plansSchema, statusSchema } from './documents.ts';
import { accountDocument, accountSummary } from './documents-of.ts';
import { explainApplication } from './explain.ts';
import type { HttpOptions } from './http-options.ts';
import { portsOfPass } from './pass.ts';
import { activePauses } from './pauses.ts';
import { HttpRefusal } from './refusal.ts';

/** Events of one account that an answer holds at most. */
const mostEvents = 500;
/** Longest a request takes to be answered, in milliseconds, unless told otherwise. */
export const defaultRequestMs = 120_000;

/** What can be read. A plan and an explanation ask the Application API; the rest is known. */
export function readRoutes(options: HttpOptions): Hono {
  const { daemon, clock, program, configurationValid } = options;
  const app = new Hono();
  app.get('/status', (c) => {
    const now = clock.now();
    return answer(c, options, statusSchema, {
      format: 'vonage-gitops.status/1',
      program,
      at: new Date(now).toISOString(),
      configurationValid: configurationValid(),
      accounts: daemon.accounts.map(({ status }) => accountSummary(status, now)),
    });
  });
  app.get('/accounts/:account', (c) => {
    const { status } = keeperOf(options, c.req.param('account'));
    return answer(c, options, accountSchema, accountDocument(status, clock.now()));
  });
  app.get('/accounts/:account/applications/:name', async (c) => explain(c, options));
  app.get('/plan', async (c) => plans(c, options));
  app.get('/history', async (c) => {
    const chosen = keepersOf(options, c.req.query('account'));
    const accounts = chosen.map(async ({ name, history }) => ({
      account: name,
      events: [...(await history.read())].slice(-mostEvents),
    }));
    return answer(c, options, historySchema, {
      format: 'vonage-gitops.history/1',
      accounts: await Promise.all(accounts),
    });
  });
  return app;
}

/** Answers with a document, without the values of secrets in it. */
export function answer<Schema extends z.ZodType>(
  c: Context,
  { scrub }: HttpOptions,
  _schema: Schema,
  document: z.infer<Schema>,
  status: 200 | 202 | 409 | 502 = 200,
): Response {
  return c.body(scrub(JSON.stringify(document)), status, { 'content-type': 'application/json' });
}

/** @throws {HttpRefusal} for an account that is not configured */
function keeperOf({ daemon }: HttpOptions, name: string): Keeper {
  const keeper = daemon.account(name);
  if (keeper !== undefined) return keeper;
  const known = daemon.accounts.map((one) => one.name).join(', ');
  throw new HttpRefusal(404, 'NO_SUCH_ACCOUNT', `there is no account ${name}; there are: ${known}`);
}

/** The account of that name, or all. @throws {HttpRefusal} */
export function keepersOf(options: HttpOptions, name: string | undefined): readonly Keeper[] {
  return name === undefined ? options.daemon.accounts : [keeperOf(options, name)];
}

/** A signal that aborts when a request has taken too long. */
function requestSignal({ requestMs = defaultRequestMs }: HttpOptions): AbortSignal {
  return AbortSignal.timeout(requestMs);
}

function openAccountOf({ name, loop }: Keeper): OpenedAccount {
  if (loop.account !== undefined) return loop.account;
  throw new HttpRefusal(503, 'NOT_OPEN', `account ${name} is not open here: its first pass is still to come`);
}

async function explain(c: Context, options: HttpOptions): Promise<Response> {
  const name = c.req.param('name') ?? '';
  const keeper = keeperOf(options, c.req.param('account') ?? '');
  const context = {
    pauses: activePauses(await keeper.store.pauses.load(), options.clock.now()),
    status: keeper.status.applications.get(name),
    history: await keeper.history.read(),
  };
  const explanation = await explainApplication(name, openAccountOf(keeper), context, requestSignal(options));
  if (explanation !== undefined) return answer(c, options, explanationSchema, explanation);
  throw new HttpRefusal(
    404,
    'NO_SUCH_APPLICATION',
    `neither manifests, ledger nor account know an application "${name}"`,
  );
}

async function plans(c: Context, options: HttpOptions): Promise<Response> {
  const { clock } = options;
  const signal = requestSignal(options);
  const made = await Promise.all(
    keepersOf(options, c.req.query('account')).map((keeper) => planOf(keeper, clock.now(), signal)),
  );
  return answer(c, options, plansSchema, {
    format: 'vonage-gitops.plans/1',
    at: new Date(clock.now()).toISOString(),
    plans: made.flatMap((one) => ('plan' in one ? [one.plan] : [])),
    errors: made.flatMap((one) => ('error' in one ? [one.error] : [])),
  });
}

async function planOf(keeper: Keeper, now: number, signal: AbortSignal) {
  try {
    const account = openAccountOf(keeper);
    const ports = await portsOfPass(account, activePauses(await keeper.store.pauses.load(), now), signal);
    return { plan: planToJson(await makePlan(ports, signal), account.context) };
  } catch (error) {
    const expected = error instanceof ReconcilerError || error instanceof HttpRefusal;
    if (!expected) throw error;
    return { error: { account: keeper.name, code: error.code, message: error.message } };
  }
}
