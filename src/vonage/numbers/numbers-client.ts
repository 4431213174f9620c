import type { NumbersReader } from '../../core/in-use/numbers-reader.ts';
import type { NumbersReading, PhoneNumber } from '../../core/in-use/numbers-reading.ts';
import { parseJson } from '../../core/json.ts';
import { proxyFor, proxySecrets } from '../../net/proxy.ts';
import type { VonageClientOptions } from '../client-options.ts';
import type { CallResult } from '../failure.ts';
import { assertHostAllowed, shownUrl } from '../hosts.ts';
import { RateLimiter } from '../rate-limiter.ts';
import { Sender } from '../sender.ts';
import { defaultTimeouts, Transport } from '../transport.ts';
import { doneResponse } from '../verdict.ts';
import { decodeNumbers, type NumbersPage } from './decode-numbers.ts';

/** Numbers on one page, the API's maximum. */
const pageSize = 100;

/** Longest listing that is read, in pages. */
const maxPages = 100;

/** Longer listings are told of before they are read, in pages. */
const longPages = 20;

/** How long a reading is shown, in milliseconds. */
const keptMs = 600_000;

/** The API publishes no limit: one request a second is surely below it. */
const defaultRequestsPerSecond = 1;

/** A change waits meanwhile, so that this is less than for a write, in milliseconds. */
const defaultDeadlineMs = 30_000;

/** As of an account's Application API; `baseUrl` is that of the Numbers API. */
export interface NumbersClientOptions
  extends Omit<VonageClientOptions, 'requestsPerSecond' | 'concurrency' | 'maxPages' | 'stablePausesMs' | 'guard'> {
  /** 1 if not given. */
  readonly requestsPerSecond?: number;
}

/** A listing that ended without an answer. */
interface Unread {
  /** A clause without secrets. */
  readonly reason: string;
  /** Whether it changed while it was read: another attempt may bring it. */
  readonly moved?: true;
}

/** The phone numbers of one account, over HTTP. Reads only. Nothing rejects: what cannot be read is unknown, never none. */
export class NumbersClient implements NumbersReader {
  readonly #options: NumbersClientOptions;
  readonly #collection: URL;
  readonly #transport: Transport;
  readonly #sender: Sender;
  /** The last reading, and when it ended by the monotonic clock. */
  #kept: { readonly reading: NumbersReading; readonly endedAt: number } | undefined;

  /** @throws {ReconcilerError} E_HOST_REFUSED before anything is sent; E_CONFIG_INVALID for a proxy without an address */
  constructor(options: NumbersClientOptions) {
    assertHostAllowed(options.baseUrl, options.allowedHosts);
    const { clock, proxy = {}, requestsPerSecond = defaultRequestsPerSecond } = options;
    this.#options = options;
    this.#collection = new URL(`${options.baseUrl.replace(/\/+$/, '')}/account/numbers`);
    const timeouts = { ...defaultTimeouts, ...options.timeouts };
    this.#transport = new Transport(this.#collection, proxy, { timeouts, concurrency: 1 });
    this.#sender = new Sender({
      ...options,
      transport: this.#transport,
      rateLimiter: new RateLimiter({ requestsPerSecond, burst: 1, clock }),
      concurrency: 1,
      secrets: proxySecrets(proxyFor(this.#collection, proxy)),
      deadlineMs: options.deadlineMs ?? defaultDeadlineMs,
      observe: options.observe ?? (() => undefined),
    });
  }

  async read(signal?: AbortSignal): Promise<NumbersReading> {
    const last = this.last();
    return last?.outcome === 'read' ? last : this.readAfresh(signal);
  }

  last(): NumbersReading | undefined {
    const now = this.#options.clock.monotonic();
    return this.#kept !== undefined && now - this.#kept.endedAt < keptMs ? this.#kept.reading : undefined;
  }

  async readAfresh(signal?: AbortSignal): Promise<NumbersReading> {
    const { clock } = this.#options;
    const first = await this.#list(signal);
    const listed = 'moved' in first ? await this.#list(signal) : first;
    const at = clock.now();
    const reading: NumbersReading =
      'reason' in listed
        ? { outcome: 'unknown', reason: listed.reason, at }
        : { outcome: 'read', numbers: listed.numbers, at };
    this.#kept = { reading, endedAt: clock.monotonic() };
    return reading;
  }

  /** Closes the connections. */
  close(): void {
    this.#transport.close();
  }

  /** All pages, which must agree on how many numbers there are, and have as many. */
  async #list(signal: AbortSignal | undefined): Promise<NumbersPage | Unread> {
    const found: PhoneNumber[] = [];
    let count: number | undefined;
    for (let index = 1; index <= pagesOf(count); index += 1) {
      const page = await this.#page(index, signal);
      if ('reason' in page) return page;
      if (count !== undefined && page.count !== count) return changed;
      count = page.count;
      if (pagesOf(count) > maxPages)
        return { reason: `the account has ${count} numbers, more than the ${maxPages * pageSize} that are checked` };
      if (index === 1) this.#tellLength(pagesOf(count));
      found.push(...page.numbers);
    }
    const distinct = new Set(found.map(({ msisdn }) => msisdn)).size;
    return count === undefined || distinct !== count || found.length !== count ? changed : { count, numbers: found };
  }

  #tellLength(pages: number): void {
    if (pages <= longPages) return;
    const { requestsPerSecond = defaultRequestsPerSecond, log } = this.#options;
    log.warn(
      { pages, seconds: Math.ceil((pages - 1) / requestsPerSecond) },
      'looking for linked numbers takes a while',
    );
  }

  async #page(index: number, signal: AbortSignal | undefined): Promise<NumbersPage | Unread> {
    const url = new URL(this.#collection);
    url.search = `size=${pageSize}&index=${index}`;
    const sent = await this.#sender.send({ verb: 'GET', url, shown: shownUrl(this.#collection), signal });
    const response = doneResponse(sent);
    const page = response === undefined ? reasonOf(sent) : decodeNumbers(parseJson(response.text));
    return typeof page === 'string' ? { reason: `${shownUrl(this.#collection)}: ${page}` } : page;
  }
}

const changed: Unread = { reason: 'the list of numbers changed while it was read', moved: true };

/** At least one is read to learn how many there are. */
function pagesOf(count = 1): number {
  return Math.max(1, Math.ceil(count / pageSize));
}

function reasonOf(sent: CallResult): string {
  if (sent.end === 'stopped') return sent.error.message;
  const { result, credentialsFrom } = sent;
  if (result.kind === 'response') {
    const whose = result.status === 401 ? `, for the credentials from ${credentialsFrom}` : '';
    return `the response has status ${result.status}${whose}`;
  }
  return result.reason;
}
