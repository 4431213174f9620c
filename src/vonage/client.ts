import type { Application, ApplicationId, LiveState, UnreadableApplication } from '../core/application/application.ts';
import { ReconcilerError } from '../core/errors.ts';
import { type JsonObject, parseJson } from '../core/json.ts';
import { parseHttpDate } from '../net/http-date.ts';
import { proxyFor, proxySecrets } from '../net/proxy.ts';
import { type ApplicationWriter, type CreateOutcome, type ListOptions, pageSize } from '../reconcile/ports.ts';
import type { ApiResponse, Verb } from './attempt-result.ts';
import type { VonageClientOptions } from './client-options.ts';
import { type Confirmed, confirmIds } from './confirm-ids.ts';
import { type Call, type CallResult, failureOf, undecided, unreadable } from './failure.ts';
import { assertHostAllowed, collectionUrl, shownUrl } from './hosts.ts';
import { readListing } from './listing.ts';
import { RateLimiter } from './rate-limiter.ts';
import { type Page, timeLimitMs } from './reading.ts';
import { Sender } from './sender.ts';
import { otherSpelling, respell, SpellingMemory, type TimeoutSpelling } from './spelling.ts';
import { defaultTimeouts, Transport } from './transport.ts';
import { doneResponse, isGone, isUnproven, refusedMember, responseOf, shows } from './verdict.ts';
import {
  applicationProblem,
  decodeApplication,
  decodePage,
  encodeBody,
  type UnreadableItem,
  type WireApplication,
} from './wire.ts';

const defaultConcurrency = 4;
const defaultDeadlineMs = 120_000;
const defaultMaxPages = 1_000;
const defaultStablePausesMs = [1_000, 5_000, 15_000];

interface Write {
  readonly verb: 'POST' | 'PUT';
  /** Below the collection; undefined for a create. */
  readonly id: ApplicationId | undefined;
  readonly body: JsonObject;
  readonly signal: AbortSignal | undefined;
}

interface Written {
  readonly call: Call;
  readonly sent: CallResult;
}

/**
 * The applications of one account, over HTTP. Every promise rejects with a ReconcilerError that holds no secret: E_API_*,
 * E_APPLICATION_GONE, E_ABORTED.
 */
export class VonageClient implements ApplicationWriter {
  readonly #options: VonageClientOptions;
  readonly #collection: URL;
  readonly #concurrency: number;
  readonly #transport: Transport;
  readonly #rateLimiter: RateLimiter;
  readonly #sender: Sender;
  readonly #spellings = new SpellingMemory();
  /** The API's own spelling of each id, which its URLs need. */
  readonly #wireIds = new Map<ApplicationId, string>();

  /** @throws {ReconcilerError} E_HOST_REFUSED before anything is sent; E_CONFIG_INVALID for a proxy without an address */
  constructor(options: VonageClientOptions) {
    assertHostAllowed(options.baseUrl, options.allowedHosts);
    this.#options = options;
    this.#collection = collectionUrl(options.baseUrl);
    this.#concurrency = options.concurrency ?? defaultConcurrency;
    const { clock, requestsPerSecond, proxy = {} } = options;
    const proxyUrl = proxyFor(this.#collection, proxy);
    this.#rateLimiter = new RateLimiter({ requestsPerSecond, burst: this.#concurrency, clock });
    this.#transport = new Transport(this.#collection, proxy, {
      timeouts: { ...defaultTimeouts, ...options.timeouts },
      concurrency: this.#concurrency,
    });
    this.#sender = new Sender({
      ...options,
      transport: this.#transport,
      rateLimiter: this.#rateLimiter,
      concurrency: this.#concurrency,
      secrets: proxySecrets(proxyUrl),
      deadlineMs: options.deadlineMs ?? defaultDeadlineMs,
      observe: options.observe ?? (() => undefined),
    });
  }

  /** Requests per second allowed at this moment, for metrics. */
  get requestsPerSecond(): number {
    return this.#rateLimiter.rate;
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    this.#transport.close();
  }

  async list({ confirm, confirmAtMost, onPage, signal }: ListOptions): Promise<LiveState> {
    const { clock, requestsPerSecond, maxPages = defaultMaxPages } = this.#options;
    const { stablePausesMs: pausesMs = defaultStablePausesMs } = this.#options;
    const limit = this.#concurrency;
    const readPage = async (number: number, stop: AbortSignal | undefined): Promise<Page> => {
      const page = await this.#page(number, stop);
      onPage?.(page.applications);
      return page;
    };
    const url = shownUrl(this.#collection);
    const source = { readPage, clock, limit, pausesMs, maxPages, requestsPerSecond, url };
    const { applications, unreadable: odd, stable, uncounted, serverTime } = await readListing(source, signal);
    const shown = new Set(odd.flatMap(({ id }) => id ?? []));
    const listed = new Set([...applications.map(({ id }) => id), ...shown]);
    const absent = [...new Set(confirm)].filter((id) => !listed.has(id));
    const { found, missing, unconfirmed } = await this.#confirm(absent, confirmAtMost ?? absent.length, signal);
    return {
      applications: [...applications, ...found],
      stable,
      missing,
      unconfirmed: new Set([...unconfirmed, ...confirm.filter((id) => shown.has(id))]),
      ...(uncounted ? { uncounted } : {}),
      ...(odd.length === 0 ? {} : { unreadable: odd }),
      ...(serverTime === undefined ? {} : { serverTime }),
    };
  }

  async get(id: ApplicationId, signal?: AbortSignal): Promise<Application | undefined> {
    const call = this.#call('GET', this.#pathOf(id), signal);
    const sent = await this.#sender.send(call);
    if (isGone(sent, id)) return undefined;
    const response = responseOf(call, sent);
    const application = this.#applicationIn(response, id);
    if (application !== undefined) return application;
    throw unreadable(call, response, sent.scrub, applicationProblem(parseJson(response.text)));
  }

  async create(body: JsonObject, signal?: AbortSignal): Promise<CreateOutcome> {
    const { call, sent } = await this.#write({ verb: 'POST', id: undefined, body, signal });
    if (sent.end === 'stopped') return { outcome: sent.answered ? 'refused' : 'not-sent', error: sent.error };
    const { result } = sent;
    if (result.kind === 'response' && (result.status === 200 || result.status === 201)) {
      const wire = decodeApplication(parseJson(result.text));
      if (wire !== undefined) return { outcome: 'created', application: this.#learn(wire) };
      const problem = applicationProblem(parseJson(result.text));
      return { outcome: 'unknown', error: unreadable(call, result, sent.scrub, problem) };
    }
    const error = failureOf(call, sent);
    if (sent.effectPossible) return { outcome: 'unknown', error };
    return { outcome: sent.answered ? 'refused' : 'not-sent', error };
  }

  async replace(id: ApplicationId, body: JsonObject, signal?: AbortSignal): Promise<Application> {
    const { call, sent } = await this.#write({ verb: 'PUT', id, body, signal });
    if (isGone(sent, id)) {
      const name = typeof body['name'] === 'string' ? body['name'] : 'the application';
      throw new ReconcilerError('E_APPLICATION_GONE', { application: name, applicationId: id });
    }
    const shown = this.#applicationIn(doneResponse(sent), id);
    if (shown !== undefined) return shown;
    return this.#settle(call, sent, id, (now) => (now !== undefined && shows(now, body) ? now : undefined));
  }

  async remove(id: ApplicationId, signal?: AbortSignal): Promise<void> {
    const call = this.#call('DELETE', this.#pathOf(id), signal);
    const sent = await this.#sender.send(call);
    if (isGone(sent, id) || doneResponse(sent)?.text === '') return;
    await this.#settle(call, sent, id, (now) => (now === undefined ? 'gone' : undefined));
  }

  /** Sends a body in the spelling its application shows; refused for that very member, once more in the other one. */
  async #write({ verb, id, body, signal }: Write): Promise<Written> {
    const path = id === undefined ? '' : this.#pathOf(id);
    const attempt = async (spelling: TimeoutSpelling): Promise<Written> => {
      const call = { ...this.#call(verb, path, signal), body: JSON.stringify(encodeBody(body, spelling)) };
      return { call, sent: await this.#sender.send(call) };
    };
    const spelling = this.#spellings.choose(id);
    const first = await attempt(spelling);
    if (refusedMember(first.sent) !== spelling) return first;
    const second = await attempt(otherSpelling(spelling));
    if (refusedMember(second.sent) === otherSpelling(spelling)) return first;
    if (doneResponse(second.sent) !== undefined) this.#spellings.learnt(id, otherSpelling(spelling));
    return second;
  }

  /** What a GET proves about a write whose response told nothing; `judge` answers with undefined when it proves nothing. */
  async #settle<Proof>(
    call: Call,
    sent: CallResult,
    id: ApplicationId,
    judge: (now: Application | undefined) => Proof | undefined,
  ): Promise<Proof> {
    if (sent.end === 'stopped' || !isUnproven(sent)) throw failureOf(call, sent);
    let proof: Proof | undefined;
    try {
      proof = judge(await this.get(id, call.signal));
    } catch (error) {
      throw undecided(call, sent.result, error);
    }
    if (proof !== undefined) return proof;
    throw undecided(call, sent.result, undefined);
  }

  #confirm(absent: readonly ApplicationId[], atMost: number, signal: AbortSignal | undefined): Promise<Confirmed> {
    const { clock, requestsPerSecond } = this.#options;
    const until = clock.monotonic() + timeLimitMs(absent.length, requestsPerSecond);
    const read = (id: ApplicationId, stop: AbortSignal) => this.get(id, stop);
    return confirmIds(
      absent,
      { read, atMost, limit: this.#concurrency, isLate: () => clock.monotonic() > until },
      signal,
    );
  }

  async #page(page: number, signal: AbortSignal | undefined): Promise<Page> {
    const call = this.#call('GET', `?page_size=${pageSize}&page=${page}`, signal);
    const sent = await this.#sender.send(call);
    const response = responseOf(call, sent);
    const wire = decodePage(parseJson(response.text));
    if (typeof wire !== 'object') throw unreadable(call, response, sent.scrub, wire);
    const applications = wire.applications.map((application) => this.#learn(application));
    const odd = wire.unreadable.map((item) => shownItem(item, page));
    const serverTime = parseHttpDate(response.date);
    return { ...wire, applications, unreadable: odd, characters: response.text.length, serverTime };
  }

  /** A response about another application than the one asked for says nothing: a cache in between would do that. */
  #applicationIn(response: ApiResponse | undefined, id: ApplicationId): Application | undefined {
    const wire = response === undefined ? undefined : decodeApplication(parseJson(response.text));
    return wire?.id === id ? this.#learn(wire) : undefined;
  }

  #learn({ id, wireId, name, body }: WireApplication): Application {
    this.#wireIds.set(id, wireId);
    this.#spellings.shown(id, body);
    return { id, name, body: respell(body, 'connect_timeout') };
  }

  #pathOf(id: ApplicationId): string {
    return `/${this.#wireIds.get(id) ?? id}`;
  }

  #call(verb: Verb, path: string, signal: AbortSignal | undefined): Call {
    const url = new URL(`${this.#collection.href}${path}`);
    return { verb, url, shown: shownUrl(url), signal };
  }
}

function shownItem({ id, position, problem }: UnreadableItem, page: number): UnreadableApplication {
  const where = id ?? `the application at position ${position} of page ${page}`;
  return { where, problem, ...(id === undefined ? {} : { id }) };
}
