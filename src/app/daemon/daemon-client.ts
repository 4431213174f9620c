import { ReconcilerError } from '../../core/errors.ts';
import { parseJson } from '../../core/json.ts';
import type { z } from '../../core/zod.ts';
import type { Role } from '../../http/routes.ts';
import type { HttpResult } from '../../net/request.ts';
import { errorSchema } from '../../status/documents.ts';
import { proxySettings } from '../proxy-settings.ts';
import type { Session } from '../session.ts';
import { userAgent } from '../version.ts';
import { type DaemonAddress, daemonAddress, noDaemon } from './daemon-address.ts';
import { daemonToken, type TokenUse } from './daemon-token.ts';

/** Options of commands that ask a daemon. */
export interface DaemonOptions {
  /** Address of the daemon, or `none`; else that of the configuration. */
  readonly daemon?: string;
}

/** A request to a daemon. */
export interface DaemonRequest extends TokenUse {
  readonly method: 'GET' | 'POST';
  /** From `/api/` on, with the query. */
  readonly path: string;
  readonly body?: object;
  /** Media type of the response that is wanted. */
  readonly accept?: string;
}

/** What a daemon, or whatever is at its address, responded. */
export interface DaemonResponse {
  readonly status: number;
  readonly text: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Longest a response may take, in milliseconds: longer than a daemon takes to say that something takes longer. */
const responseMs = 130_000;
/** Most that is read of a response, in bytes: plans and states of large accounts fit. */
const largestResponse = 64 * 1024 * 1024;

const refusedToken =
  'the daemon refused the token: check VONAGE_GITOPS_DAEMON_TOKEN, or the tokens of daemon in the configuration';

/** A daemon's HTTP API, if there is one. */
export class DaemonClient {
  readonly #session: Session;
  readonly #address: DaemonAddress | undefined;
  #unanswered: string | undefined;

  constructor(session: Session, { daemon }: DaemonOptions) {
    const address = daemonAddress(session.config.daemon, daemon);
    this.#session = session;
    this.#address = typeof address === 'string' ? undefined : address;
    this.#unanswered = typeof address === 'string' ? address : undefined;
  }

  /** Where the daemon is; empty when none is asked. */
  get url(): string {
    return this.#address?.url ?? '';
  }

  /** Whether the command line, the environment or daemon.url names the daemon: then silence is an error. */
  get named(): boolean {
    return this.#address?.named === true;
  }

  /** Why the last request had no response, when it had none. */
  get unanswered(): string | undefined {
    return this.#unanswered;
  }

  /**
   * The document at this path; undefined when no daemon answers, its API is off, or we have no token for it. An error that the daemon
   * reports is thrown, and so is silence where the daemon was named.
   * @throws {ReconcilerError} E_DAEMON_UNREACHABLE, E_NOT_FOUND, E_NAME_UNKNOWN, E_NAME_AMBIGUOUS, E_CREDENTIALS_MISSING, E_USAGE
   */
  async get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema> | undefined> {
    return this.#document({ role: 'read', method: 'GET', path }, schema);
  }

  /** As {@link get}, with a body. @throws {ReconcilerError} */
  async post<Schema extends z.ZodType>(
    role: Role,
    path: string,
    body: object,
    schema: Schema,
  ): Promise<z.infer<Schema> | undefined> {
    return this.#document({ role, method: 'POST', path, body }, schema);
  }

  /**
   * What the daemon responds, whatever it is; undefined when there is no response and the daemon was not named.
   * @throws {ReconcilerError} E_DAEMON_UNREACHABLE, E_CREDENTIALS_MISSING, E_USAGE, E_ABORTED
   */
  async ask(request: DaemonRequest): Promise<DaemonResponse | undefined> {
    if (this.#address === undefined) return undefined;
    const token = daemonToken(this.#session, this.#address, request);
    const result = await this.#send(this.#address.url, token, request);
    if ('failure' in result) return this.#silence(whyNone(result));
    if (result.status >= 300 && result.status < 400)
      return this.#silence('it redirects to another address, which is not followed: name that one');
    const { status, text, headers } = result;
    return { status, text, headers };
  }

  /** That no daemon responded, for who cannot do without; the remedy is a sentence. */
  noResponse(remedy: string): ReconcilerError {
    const reason = `${this.#unanswered ?? 'no response'}. ${remedy}`;
    return new ReconcilerError('E_DAEMON_UNREACHABLE', { url: this.url === '' ? 'daemon' : this.url, reason });
  }

  /**
   * Says that a response is none that was hoped for: throws, or answers undefined where a daemon that was only looked for is taken for
   * none.
   * @throws {ReconcilerError} E_DAEMON_UNREACHABLE, E_NOT_FOUND, E_NAME_UNKNOWN, E_NAME_AMBIGUOUS
   */
  refuse({ status, text }: DaemonResponse): undefined {
    const problem = errorSchema.safeParse(parseJson(text));
    const { code, message } = problem.data?.error ?? { code: '', message: 'it is not a vonage-gitops daemon' };
    if (code === 'UNKNOWN_APPLICATION') throw new ReconcilerError('E_NAME_UNKNOWN', { message });
    if (code === 'AMBIGUOUS_NAME') throw new ReconcilerError('E_NAME_AMBIGUOUS', { message });
    if (code === 'COMMIT_REFUSED' || code === 'COMMIT_NOT_ON_BRANCH')
      throw new ReconcilerError('E_REFUSED', { what: this.url, reason: message });
    if (code.startsWith('NO_SUCH')) throw new ReconcilerError('E_NOT_FOUND', { what: this.url, reason: message });
    if (code === 'UNAUTHORIZED') throw this.#refused(refusedToken);
    const isOurs = problem.success && !['NOT_FOUND', 'HOST_REFUSED'].includes(code);
    if (isOurs) throw this.#refused(`the daemon responded ${status}: ${message}`);
    return this.#silence(`${status}: ${message}`);
  }

  async #document<Schema extends z.ZodType>(
    request: DaemonRequest,
    schema: Schema,
  ): Promise<z.infer<Schema> | undefined> {
    const response = await this.ask(request);
    if (response === undefined) return undefined;
    const parsed = schema.safeParse(parseJson(response.text));
    return parsed.success ? parsed.data : this.refuse(response);
  }

  async #send(
    url: string,
    token: string | undefined,
    { method, path, body, accept = 'application/json' }: DaemonRequest,
  ): Promise<HttpResult> {
    const { stop, environment } = this.#session.context;
    const { sender } = await import('../../net/request.ts'); // its HTTP library takes longer to load than most commands run
    const send = sender({
      userAgent,
      proxy: url.startsWith('http:') ? {} : proxySettings(environment), // http never leaves this machine
      timeoutMs: responseMs,
      largestResponse,
    });
    const headers = {
      accept,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    try {
      return await send({ method, url: `${url}${path}`, headers, ...content, signal: stop });
    } catch (error) {
      if (stop.aborted) throw new ReconcilerError('E_ABORTED', {}, { cause: error });
      throw error;
    }
  }

  #refused(reason: string): ReconcilerError {
    this.#unanswered = reason;
    return new ReconcilerError('E_DAEMON_UNREACHABLE', { url: this.url, reason, refused: true });
  }

  #silence(reason: string): undefined {
    this.#unanswered = reason;
    const remedy = `. It is daemon.url; --daemon ${noDaemon} uses the state directory here`;
    const told = this.#address?.configured === true ? `${reason}${remedy}` : reason;
    if (this.named) throw new ReconcilerError('E_DAEMON_UNREACHABLE', { url: this.url, reason: told });
    return undefined;
  }
}

function whyNone({ failure, reason }: Extract<HttpResult, { failure: string }>): string {
  if (failure !== 'tls') return reason;
  return `${reason}. If that is its certificate, set NODE_EXTRA_CA_CERTS to the file of its authority`;
}
