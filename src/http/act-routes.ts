import type { Context } from 'hono';
import { ReconcilerError } from '../core/errors.ts';
import { type KnownApplications, knownApplications, pauseKey, resumeKeys } from '../core/ledger/known-applications.ts';
import type { AccountView } from '../daemon/daemon.ts';
import { type Pauses, withoutPause, withPause } from '../pass/pauses.ts';
import { pauseRequestSchema, pausesResponseSchema, resumeRequestSchema } from '../status/documents.ts';
import { pausesDocument } from '../status/to-document.ts';
import { bodyOf } from './body-of.ts';
import { accountsOf } from './read-routes.ts';
import { type HttpOptions, HttpRefusal, respond } from './responses.ts';
import type { Handlers } from './routes.ts';
import { sync } from './sync-route.ts';

/** What can be done: ask for a pass, pause, resume. */
export function actRoutes(options: HttpOptions) {
  return {
    'POST /sync': (c) => sync(c, options),
    'POST /pause': (c) => pause(c, options),
    'POST /resume': (c) => resume(c, options),
  } satisfies Partial<Handlers>;
}

async function pause(c: Context, options: HttpOptions): Promise<Response> {
  const { account, application, reason, seconds } = await bodyOf(c, pauseRequestSchema);
  const since = options.clock.now();
  const until = seconds === undefined ? {} : { until: since + seconds * 1000 };
  return changePauses(c, options, account, async (view) => {
    const key = await keysOf(view, application, pauseKey);
    const change = (pauses: Pauses) => withPause(pauses, key, { reason, since, ...until });
    const { pauses, inFlight } = await view.loop.pauses.change(change, key);
    const isKnown = view.status.standby === undefined; // else another daemon makes the changes
    return { pauses, ...(isKnown ? { inFlight } : {}) };
  });
}

async function resume(c: Context, options: HttpOptions): Promise<Response> {
  const { account, application } = await bodyOf(c, resumeRequestSchema);
  return changePauses(c, options, account, async (view) => {
    const keys = await keysOf(view, application, resumeKeys);
    const { pauses } = await view.loop.pauses.change((paused) => withoutPause(paused, keys), application);
    return { pauses };
  });
}

/** What the application is paused under. @throws {HttpRefusal} for a name that nothing has, and what a resume refuses */
async function keysOf<Keys>(
  { loop }: AccountView,
  application: string | undefined,
  find: (known: KnownApplications, nameOrId: string, paused: readonly string[]) => Keys,
): Promise<Keys | undefined> {
  if (application === undefined) return undefined;
  const paused = Object.keys((await loop.pauses.current()).applications);
  if (loop.account === undefined) return find(nothingKnown, application, paused);
  const { source, ledger } = loop.account.ports;
  const [desired, owned] = await Promise.all([
    source.load().catch(unlessExpected),
    ledger.load().catch(unlessExpected),
  ]);
  try {
    return find(knownApplications(desired, owned), application, paused);
  } catch (error) {
    if (!(error instanceof ReconcilerError)) throw error;
    if (error.code === 'E_REFUSED') throw new HttpRefusal(409, 'AMBIGUOUS_NAME', error.message);
    throw new HttpRefusal(404, 'UNKNOWN_APPLICATION', error.message);
  }
}

/** Before the first pass. */
const nothingKnown = knownApplications(undefined, undefined);

/** What cannot be read is told by the next pass. */
function unlessExpected(error: unknown): undefined {
  if (!(error instanceof ReconcilerError)) throw error;
}

async function changePauses(
  c: Context,
  options: HttpOptions,
  account: string | undefined,
  change: (view: AccountView) => Promise<{ readonly pauses: Pauses; readonly inFlight?: number }>,
): Promise<Response> {
  const views = accountsOf(options, account);
  if (account === undefined && views.length > 1) {
    throw new HttpRefusal(400, 'ACCOUNT_NEEDED', `specify an account: ${views.map(({ name }) => name).join(', ')}`);
  }
  const accounts = await Promise.all(
    views.map(async (view) => {
      const { pauses, ...counted } = await change(view);
      view.loop.request('pause');
      return { account: view.name, pauses: pausesDocument(pauses), ...counted };
    }),
  );
  return respond(c, options, pausesResponseSchema, { format: 'vonage-gitops.pauses/1', accounts });
}
