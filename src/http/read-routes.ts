import type { Context } from 'hono';
import { asReconcilerError, ReconcilerError } from '../core/errors.ts';
import { readableTimes } from '../core/render/readable-times.ts';
import type { z } from '../core/zod.ts';
import type { AccountView } from '../daemon/daemon.ts';
import { statusOf } from '../status/application-status.ts';
import {
  accountSchema,
  explanationSchema,
  historySchema,
  type plansSchema,
  statusSchema,
} from '../status/documents.ts';
import { explainFrom } from '../status/explain.ts';
import { accountDocument, accountSummary } from '../status/to-document.ts';
import { type HttpOptions, HttpRefusal, respond } from './responses.ts';
import type { Handlers } from './routes.ts';
import type { SharedLooks } from './shared-looks.ts';

/** Events of one account that a response holds at most. */
const mostEvents = 500;

/** What can be read. A plan and an explanation ask the Application API; the rest is known. */
export function readRoutes(options: HttpOptions, looks: SharedLooks) {
  const { clock, sourceOf } = options;
  return {
    'GET /status': (c) => status(c, options),
    'GET /accounts/:account': (c) => {
      const { status } = accountOf(options, c.req.param('account') ?? '');
      return respond(c, options, accountSchema, accountDocument(status, clock.now(), sourceOf(status.account)));
    },
    'GET /accounts/:account/applications/:name': (c) => explain(c, options, looks),
    'GET /plan': (c) => plans(c, options, looks),
    'GET /history': (c) => history(c, options),
  } satisfies Partial<Handlers>;
}

function status(c: Context, options: HttpOptions): Response {
  const { daemon, clock, program, configurationValid, sourceOf } = options;
  const now = clock.now();
  return respond(c, options, statusSchema, {
    format: 'vonage-gitops.status/1',
    program,
    at: new Date(now).toISOString(),
    configurationValid: configurationValid(),
    accounts: daemon.accounts.map((one) => accountSummary(one.status, now, sourceOf(one.name))),
  });
}

async function history(c: Context, options: HttpOptions): Promise<Response> {
  const accounts = accountsOf(options, c.req.query('account')).map(async (one) => ({
    account: one.name,
    events: (await one.history.read()).slice(-mostEvents).map(readableTimes),
  }));
  return respond(c, options, historySchema, {
    format: 'vonage-gitops.history/2',
    accounts: await Promise.all(accounts),
  });
}

/** The account of that name. @throws {HttpRefusal} for one that is not configured */
export function accountOf({ daemon }: HttpOptions, name: string): AccountView {
  const view = daemon.account(name);
  if (view !== undefined) return view;
  const known = daemon.accounts.map((one) => one.name).join(', ');
  throw new HttpRefusal(404, 'NO_SUCH_ACCOUNT', `no such account: ${name}; configured accounts: ${known}`);
}

/** The account of that name, or all. @throws {HttpRefusal} */
export function accountsOf(options: HttpOptions, name: string | undefined): readonly AccountView[] {
  return name === undefined ? options.daemon.accounts : [accountOf(options, name)];
}

async function explain(c: Context, options: HttpOptions, looks: SharedLooks): Promise<Response> {
  const name = c.req.param('name') ?? '';
  const view = accountOf(options, c.req.param('account') ?? '');
  const look = await looks.look(view);
  const context = {
    status: statusOf(view.status.applications, name),
    history: await view.history.read(),
    numbers: look.account.ports.numbers?.last(),
  };
  const explanation = await explainFrom(name, look, context, (id) => looks.live(look, id)).catch((error: unknown) => {
    if (!(error instanceof ReconcilerError) || error.code !== 'E_NAME_AMBIGUOUS') throw error;
    throw new HttpRefusal(409, 'AMBIGUOUS_NAME', error.message);
  });
  if (explanation !== undefined) return respond(c, options, explanationSchema, explanation);
  throw new HttpRefusal(404, 'NO_SUCH_APPLICATION', `not found in the manifests, the ledger or the account: "${name}"`);
}

/**
 * A fresh plan of each account, or why there is none; where no account has one because of unexpected errors, that is an error. Plans
 * are put together from texts that many responses share: to write a large one anew for each would hold up all else.
 */
async function plans(c: Context, options: HttpOptions, looks: SharedLooks): Promise<Response> {
  const { clock, scrub } = options;
  const made = await Promise.all(
    accountsOf(options, c.req.query('account')).map((view) => planOf(view, options, looks)),
  );
  const unexpected = made.flatMap((one) => ('unexpected' in one ? [one.unexpected] : []));
  if (made.length > 0 && unexpected.length === made.length) throw unexpected[0];
  const document: z.infer<typeof plansSchema> = {
    format: 'vonage-gitops.plans/2',
    at: new Date(clock.now()).toISOString(),
    plans: [],
    errors: made.flatMap((one) => ('error' in one ? [one.error] : [])),
  };
  const texts = made.flatMap((one) => ('text' in one ? [one.text] : []));
  const text = scrub(JSON.stringify(document)).replace('"plans":[]', () => `"plans":[${texts.join(',')}]`);
  return c.body(text, 200, { 'content-type': 'application/json' });
}

async function planOf(view: AccountView, { log }: HttpOptions, looks: SharedLooks) {
  try {
    return { text: looks.planText(await looks.look(view)) };
  } catch (error) {
    const expected = error instanceof HttpRefusal ? error : asReconcilerError(error);
    const told = { error: { account: view.name, code: expected.code, message: expected.message } };
    if (expected === error) return told;
    log.error({ account: view.name, err: expected }, 'plan failed');
    return { ...told, unexpected: error };
  }
}
