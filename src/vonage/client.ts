import type { Application, ApplicationId, LiveState } from '../core/application.ts';
import { ReconcilerError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { ApplicationWriter, Clock, CreateOutcome, ListOptions, Log, WriteGuard } from '../reconcile/ports.ts';
import { type Call, type Credentials, errorOf, type RequestEvent, type Sent } from './call.ts';
import { problemOf, unreadable } from './failure.ts';
import { assertHostAllowed, shownUrl } from './hosts.ts';
import { type Page, pageSize, readListing } from './listing.ts';
import { Pace } from './pace.ts';
import { type ProxySettings, proxyFor, proxySecrets } from './proxy.ts';
import { type Answer, replyKind, type Verb } from './reply.ts';
import { Sender } from './sender.ts';
import { sideBySide } from './side-by-side.ts';
import { otherSpelling, respell, SpellingMemory, type TimeoutSpelling } from './spelling.ts';
import { defaultTimeouts, type Timeouts, Transport } from './transport.ts';
import { decodeApplication, decodePage, encodeBody, parseJson, unknownMember, type WireApplication } from './wire.ts';

/** One account's connection to the Application API. */
export interface VonageClientOptions {
  /** Such as https://api.nexmo.com. */
  readonly baseUrl: string;
  /** Asked before every request, so that rotated secrets are picked up. */
  readonly credentials: () => Credentials;
  /** Where they are read from, for people: `environment VONAGE_API_KEY and file /run/secrets/api-secret`. */
  readonly credentialsFrom: string;
  readonly requestsPerSecond: number;
  readonly clock: Clock;
  /** 0 to 1, as Math.random. */
  readonly random: () => number;
  readonly log: Log;
  /** Hosts beyond Vonage's own and this machine that may get the credentials. From the environment only. */
  readonly allowedHosts: readonly string[];
  readonly userAgent: string;
  /** Requests in flight at once; 4 if not given. */
  readonly concurrency?: number;
  /** Told about every attempt, for metrics. */
  readonly observe?: (event: RequestEvent) => void;
  /** Whether this process may write at all; asked before each attempt. */
  readonly guard?: WriteGuard;
  readonly proxy?: ProxySettings;
  /** Longest call from its first attempt on, repetitions included, in milliseconds; 120 s if not given. */
  readonly deadlineMs?: number;
  /** Limits of one attempt, in milliseconds. */
  readonly timeouts?: Partial<Timeouts>;
  /** Pauses before a listing that was not stable is read again, in milliseconds; 1, 5 and 15 s if not given. */
  readonly stablePausesMs?: readonly number[];
}

const defaultConcurrency = 4;
const defaultDeadlineMs = 120_000;
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
  readonly sent: Sent;
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
  readonly #pace: Pace;
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
    this.#pace = new Pace({ requestsPerSecond, burst: this.#concurrency, clock });
    this.#transport = new Transport(this.#collection, proxy, {
      timeouts: { ...defaultTimeouts, ...options.timeouts },
      concurrency: this.#concurrency,
    });
    this.#sender = new Sender({
      ...options,
      transport: this.#transport,
      pace: this.#pace,
      concurrency: this.#concurrency,
      secrets: proxySecrets(proxyUrl),
      deadlineMs: options.deadlineMs ?? defaultDeadlineMs,
      observe: options.observe ?? (() => undefined),
    });
  }

  /** Requests per second allowed at this moment, for metrics. */
  get requestsPerSecond(): number {
    return this.#pace.rate;
  }

  /** Closes the connections. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  async list({ confirm, signal }: ListOptions): Promise<LiveState> {
    const { clock, stablePausesMs: pausesMs = defaultStablePausesMs } = this.#options;
    const limit = this.#concurrency;
    const readPage = (page: number, stop: AbortSignal | undefined): Promise<Page> => this.#page(page, stop);
    const { applications, stable } = await readListing({ readPage, clock, limit, pausesMs }, signal);
    const listed = new Set(applications.map((application) => application.id));
    const missing = [...new Set(confirm)].filter((id) => !listed.has(id));
    const confirmed = await sideBySide(missing, { limit, signal }, async (id, stop) => this.get(id, stop));
    return {
      applications: [...applications, ...confirmed.filter((found) => found !== undefined)],
      stable,
      missing: new Set(missing.filter((_, index) => confirmed[index] === undefined)),
      unconfirmed: new Set(),
    };
  }

  async get(id: ApplicationId, signal?: AbortSignal): Promise<Application | undefined> {
    const call = this.#call('GET', this.#pathOf(id), signal);
    const sent = await this.#sender.send(call);
    if (isGone(sent)) return undefined;
    return this.#readApplication(call, sent, id);
  }

  async create(body: JsonObject, signal?: AbortSignal): Promise<CreateOutcome> {
    const { call, sent } = await this.#write({ verb: 'POST', id: undefined, body, signal });
    if (sent.end === 'stopped') return { outcome: 'not-sent', error: sent.error };
    const { reply } = sent;
    if (reply.kind === 'answer' && (reply.status === 200 || reply.status === 201)) {
      const wire = decodeApplication(parseJson(reply.text));
      if (wire !== undefined) return { outcome: 'created', application: this.#learn(wire) };
      return { outcome: 'unknown', error: unreadable({ verb: call.verb, url: call.shown }, reply, sent.scrub) };
    }
    const error = errorOf(call, sent);
    if (sent.effectPossible) return { outcome: 'unknown', error };
    return { outcome: sent.answered ? 'refused' : 'not-sent', error };
  }

  async replace(id: ApplicationId, body: JsonObject, signal?: AbortSignal): Promise<Application> {
    const { call, sent } = await this.#write({ verb: 'PUT', id, body, signal });
    if (!isGone(sent)) return this.#readApplication(call, sent, id);
    const name = typeof body['name'] === 'string' ? body['name'] : 'the application';
    throw new ReconcilerError('E_APPLICATION_GONE', { application: name, applicationId: id });
  }

  async remove(id: ApplicationId, signal?: AbortSignal): Promise<void> {
    const call = this.#call('DELETE', this.#pathOf(id), signal);
    const sent = await this.#sender.send(call);
    if (isGone(sent) || (sent.end === 'reply' && replyKind(sent.reply) === 'done')) return;
    throw errorOf(call, sent);
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
    if (isDone(second.sent)) this.#spellings.learnt(id, otherSpelling(spelling));
    return second;
  }

  async #page(page: number, signal: AbortSignal | undefined): Promise<Page> {
    const call = this.#call('GET', `?page_size=${pageSize}&page=${page}`, signal);
    const sent = await this.#sender.send(call);
    const answer = answerOf(call, sent);
    const wire = decodePage(parseJson(answer.text), pageSize);
    if (wire === undefined) throw unreadable({ verb: call.verb, url: call.shown }, answer, sent.scrub);
    return { ...wire, applications: wire.applications.map((application) => this.#learn(application)) };
  }

  /** An answer about another application than the one asked for is no answer: a cache in between would do that. */
  #readApplication(call: Call, sent: Sent, id: ApplicationId): Application {
    const answer = answerOf(call, sent);
    const wire = decodeApplication(parseJson(answer.text));
    if (wire?.id === id) return this.#learn(wire);
    throw unreadable({ verb: call.verb, url: call.shown }, answer, sent.scrub);
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

function collectionUrl(baseUrl: string): URL {
  const { origin, pathname } = new URL(baseUrl);
  return new URL(`${origin}${pathname.replace(/\/+$/, '')}/v2/applications`);
}

/** The answer of a call that succeeded. */
function answerOf(call: Call, sent: Sent): Answer {
  if (sent.end === 'reply' && sent.reply.kind === 'answer' && isDone(sent)) return sent.reply;
  throw errorOf(call, sent);
}

function isDone(sent: Sent): boolean {
  return sent.end === 'reply' && replyKind(sent.reply) === 'done';
}

/** Only the API itself can say that an application is gone: a proxy's or a gateway's 404 says nothing about it. */
function isGone(sent: Sent): boolean {
  if (sent.end !== 'reply' || sent.reply.kind !== 'answer' || sent.reply.status !== 404) return false;
  return problemOf(sent.reply, sent.scrub).genuine;
}

function refusedMember(sent: Sent): string | undefined {
  if (sent.end !== 'reply' || sent.reply.kind !== 'answer' || sent.reply.status !== 400) return undefined;
  return unknownMember(problemOf(sent.reply, sent.scrub).detail);
}
