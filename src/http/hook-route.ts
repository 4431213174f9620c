import type { Context } from 'hono';
import { readIfPresent } from '../config/secret.ts';
import type { HookResult } from '../status/metrics.ts';
import { type HttpOptions, HttpRefusal, type SignatureCheck } from './responses.ts';
import { SignatureBudget } from './signature-budget.ts';

/** Largest payload of GitHub, of all forges the largest. Source: docs.github.com/webhooks/webhook-events-and-payloads#payload-cap */
const largestPayload = 25 * 1024 * 1024;

/**
 * Webhooks of git servers. Who has the secret of a source has its server asked soon, and nothing else: what the payload says is not
 * looked at, so nothing can be pushed to us, and one that is sent twice does no harm.
 */
export function hookRoute(options: HttpOptions): (c: Context) => Promise<Response> {
  const budgets = new Map<string, SignatureBudget>();
  return async (c) => {
    const source = c.req.param('source') ?? '';
    const webhook = options.webhookOf(source);
    if (webhook === undefined || webhook.kind !== c.req.param('kind'))
      throw new HttpRefusal(404, 'NOT_FOUND', 'not found');
    const { kind } = webhook;
    const secret = readIfPresent(webhook.secret);
    if (secret === undefined)
      throw new HttpRefusal(503, 'SECRET_MISSING', 'the secret of this webhook cannot be read at the moment');
    const budget = budgets.get(source) ?? new SignatureBudget(options.clock);
    budgets.set(source, budget);
    const check = options.signatureOf({ kind, secret, header: (name) => c.req.header(name) });
    const { result, refusal, isNews } = await judge(c, check, budget);
    options.metrics.countHook(source, result);
    if (refusal === undefined) {
      options.log.debug({ source, kind }, 'webhook accepted');
      options.checkSource(source);
      return c.json({ accepted: true }, 202);
    }
    if (isNews === true) options.log.warn({ source, kind, reason: refusal.message }, 'webhook refused');
    throw refusal;
  };
}

interface Judgment {
  readonly result: HookResult;
  readonly refusal?: HttpRefusal;
  /** Whether it is the first refused one in a while: nobody reads all of them. */
  readonly isNews?: boolean;
}

async function judge(c: Context, check: SignatureCheck | undefined, budget: SignatureBudget): Promise<Judgment> {
  if (Number(c.req.header('content-length')) > largestPayload) return tooLarge();
  const turn = await budget.begin();
  if (turn !== 'go') return limited(turn.retryAfterSeconds);
  const judgment = check === undefined ? wrong() : await readThrough(c, check);
  return { ...judgment, isNews: budget.end(judgment.result === 'accepted') };
}

/** The body passes by, and nothing of it is kept. */
async function readThrough(c: Context, check: SignatureCheck): Promise<Judgment> {
  let size = 0;
  try {
    for await (const bytes of c.req.raw.body ?? []) {
      size += bytes.length;
      if (size > largestPayload) return tooLarge();
      check.update(bytes);
    }
  } catch {
    return cutOff();
  }
  return check.isRight() ? { result: 'accepted' } : wrong();
}

function wrong(): Judgment {
  const message =
    'the signature is missing or wrong: the secret must be that of webhook in the configuration of the source';
  return { result: 'refused', refusal: new HttpRefusal(401, 'SIGNATURE_REFUSED', message) };
}

function tooLarge(): Judgment {
  const message = `the body must not exceed ${largestPayload} bytes`;
  return { result: 'too-large', refusal: new HttpRefusal(413, 'BODY_TOO_LARGE', message) };
}

/** Of the connection: nobody will read the response. */
function cutOff(): Judgment {
  return { result: 'cut-off', refusal: new HttpRefusal(400, 'BODY_INCOMPLETE', 'the body did not arrive') };
}

function limited(seconds: number): Judgment {
  const message = `too many wrong signatures: none is checked for ${seconds} s`;
  return { result: 'limited', refusal: new HttpRefusal(429, 'TOO_MANY_REQUESTS', message, seconds) };
}
