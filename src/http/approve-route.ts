import type { Context } from 'hono';
import { ReconcilerError } from '../core/errors.ts';
import { approvePlan } from '../pass/approve.ts';
import { approvalResponseSchema, approveRequestSchema } from '../status/documents.ts';
import { approvalDocument } from '../status/to-document.ts';
import { bodyOf } from './body-of.ts';
import { accountOf } from './read-routes.ts';
import { type HttpOptions, respond } from './responses.ts';
import type { Handlers } from './routes.ts';
import { defaultRequestMs, openAccountOf } from './shared-looks.ts';

/** What people with the token for it can approve. */
export function approveRoute(options: HttpOptions) {
  const turns = new Map<string, Promise<unknown>>();
  return {
    'POST /approve': (c) => approve(c, options, turns),
  } satisfies Partial<Handlers>;
}

/**
 * Approves a plan by its hash, after a look whether it is the plan now, and asks for the pass that makes it. 409 when it is another one,
 * with the new hash. One look at an account at a time: each lists it.
 */
async function approve(c: Context, options: HttpOptions, turns: Map<string, Promise<unknown>>): Promise<Response> {
  const { account: name, planHash, allow, reason } = await bodyOf(c, approveRequestSchema);
  const signal = AbortSignal.timeout(options.requestMs ?? defaultRequestMs);
  const view = accountOf(options, name);
  const account = openAccountOf(view);
  const before = turns.get(name) ?? Promise.resolve();
  const approved = before.then(() => approvePlan(account, view.store, { planHash, allow, by: 'http', reason }, signal));
  turns.set(
    name,
    approved.catch(() => undefined),
  );
  try {
    const approval = approvalDocument(await approved);
    view.loop.request('approval');
    return respond(c, options, approvalResponseSchema, { format: 'vonage-gitops.approved/1', account: name, approval });
  } catch (error) {
    return refusal(c, error, options);
  }
}

/** Why this plan cannot be approved. */
function refusal(c: Context, error: unknown, { scrub }: HttpOptions): Response {
  const code = error instanceof ReconcilerError ? codes[error.code] : undefined;
  if (!(error instanceof ReconcilerError) || code === undefined) throw error;
  const { planHash } = error.details;
  const told = { code, message: scrub(error.message), ...(typeof planHash === 'string' ? { planHash } : {}) };
  return c.json({ error: told }, 409);
}

const codes: Readonly<Record<string, string>> = {
  E_PLAN_CHANGED: 'PLAN_CHANGED',
  E_PAUSED: 'PAUSED',
  E_REFUSED: 'BLOCKED',
};
