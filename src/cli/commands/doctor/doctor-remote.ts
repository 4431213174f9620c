import got from 'got';
import { lookingAt } from '../../../app/account-command.ts';
import { proxySettings } from '../../../app/proxy-settings.ts';
import type { Session } from '../../../app/session.ts';
import type { AccountConfig } from '../../../config/account.ts';
import { listingDoubt } from '../../../core/application/listing-doubt.ts';
import { orUndefined } from '../../../core/errors.ts';
import { plural } from '../../../core/plural.ts';
import { quoted } from '../../../core/render/visible.ts';
import { agentsFor } from '../../../net/proxy.ts';
import { findTwins } from '../../../reconcile/find-twins.ts';
import { makePlan } from '../../../reconcile/reconcile.ts';
import { type Finding, finding, findingsOf } from './doctor-finding.ts';
import { numbersFindings } from './doctor-numbers.ts';

/** A clock this far off makes delays, budgets and settle times wrong, in milliseconds. */
const worryingSkewMs = 60_000;

/** What the API says: whether it lets us in, whether our clock agrees with its, whether keys match. */
export async function remoteFindings(session: Session, account: AccountConfig): Promise<readonly Finding[]> {
  const api = await findingsOf('API', () => apiFindings(session, account));
  return api.some(({ level }) => level === 'fail') ? api : [...api, ...(await clockFindings(session, account))];
}

async function apiFindings(session: Session, account: AccountConfig): Promise<readonly Finding[]> {
  return lookingAt(session, account, async ({ ports }) => {
    const { applications, ...listing } = await ports.api.list({ confirm: [], signal: session.context.stop });
    const doubt = listingDoubt(listing);
    const answers = finding(
      'ok',
      'API',
      `${account.apiUrl} is reachable: ${plural(applications.length, 'application')}`,
    );
    const { stop } = session.context;
    const listed = [
      answers,
      ...(doubt === undefined
        ? []
        : [finding('warn', 'API', `${doubt}: creates and deletes wait until it is complete`)]),
    ];
    const local = await orUndefined(() => Promise.all([ports.source.load({ signal: stop }), ports.ledger.load()]));
    const numbers = await numbersFindings(applications, ports, stop);
    if (local === undefined) return [...listed, ...numbers]; // checks of their own tell why manifests or ledger cannot be read
    const { notices } = await makePlan(ports, stop);
    const keys = notices.filter(({ kind }) => kind === 'key-mismatch' || kind === 'key-unproven');
    const twins = await findTwins(local[0], ports, stop);
    return [
      ...listed,
      ...keys.map(({ message }) => finding('warn', 'keys', message)),
      ...twins.map(({ name, message }) => finding('warn', 'twins', `${quoted(name ?? '')}: ${message}`)),
      ...numbers,
    ];
  });
}

async function clockFindings({ context }: Session, { apiUrl }: AccountConfig): Promise<readonly Finding[]> {
  const theirs = await dateOf(apiUrl, context.environment);
  if (theirs === undefined) return [finding('warn', 'clock', 'not compared: the API response has no Date header')];
  const skewMs = Math.abs(theirs - context.clock.now());
  if (skewMs <= worryingSkewMs) return [finding('ok', 'clock', "matches the API's clock")];
  return [
    finding(
      'warn',
      'clock',
      `differs by ${Math.round(skewMs / 1000)} s from the API's clock: synchronize this machine's clock with NTP`,
    ),
  ];
}

/** What the Date header says, in milliseconds since 1970. Sent without credentials: any response will do. */
async function dateOf(apiUrl: string, environment: Session['context']['environment']): Promise<number | undefined> {
  try {
    const agent = agentsFor(new URL(apiUrl), proxySettings(environment), { keepAlive: false, maxSockets: 1 });
    const { headers } = await got.head(apiUrl, {
      agent,
      retry: { limit: 0 },
      timeout: { request: 5_000 },
      followRedirect: false,
      throwHttpErrors: false,
    });
    const at = Date.parse(headers.date ?? '');
    return Number.isNaN(at) ? undefined : at;
  } catch {
    return undefined; // whether the API answers is said by another check
  }
}
