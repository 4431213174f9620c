import { readIfPresent } from '../../config/secret.ts';
import { messageOf, ReconcilerError } from '../../core/errors.ts';
import { parseJson } from '../../core/json.ts';
import type { z } from '../../core/zod.ts';
import { errorSchema } from '../../status/documents.ts';
import type { Session } from '../session.ts';

/** Options of commands that ask a daemon. */
export interface DaemonOptions {
  /** Address of the daemon; else that of daemon.listen is tried. */
  readonly url?: string;
}

/** Longest a response may take, in milliseconds. */
const responseMs = 130_000;

const refusedToken = 'the daemon refused the token: check daemon.token or daemon.readToken';

/** A daemon's HTTP API, if there is one. */
export class DaemonClient {
  readonly #base: string;
  readonly #token: string | undefined;
  readonly #named: boolean;
  #unanswered: string | undefined;

  constructor({ config }: Session, { url }: DaemonOptions) {
    const { listen, token, readToken } = config.daemon;
    this.#base = (url ?? `http://${reachable(listen.host)}:${listen.port}`).replace(/\/+$/, '');
    this.#token = [token, readToken].flatMap((secret) => (secret && readIfPresent(secret)) ?? [])[0];
    this.#named = url !== undefined;
  }

  /** Why the last request had no response, when it had none. */
  get unanswered(): string | undefined {
    return this.#unanswered;
  }

  /**
   * The document at this path; undefined when no daemon answers, its API is off, or we have no token for it. An error that the daemon
   * reports is thrown, and so is silence where a person named the address.
   * @throws {ReconcilerError} E_DAEMON_UNREACHABLE, E_NOT_FOUND
   */
  async get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema> | undefined> {
    return this.#ask('GET', path, undefined, schema);
  }

  /** As {@link get}, with a body. @throws {ReconcilerError} */
  async post<Schema extends z.ZodType>(
    path: string,
    body: object,
    schema: Schema,
  ): Promise<z.infer<Schema> | undefined> {
    return this.#ask('POST', path, JSON.stringify(body), schema);
  }

  async #ask<Schema extends z.ZodType>(
    method: string,
    path: string,
    body: string | undefined,
    schema: Schema,
  ): Promise<z.infer<Schema> | undefined> {
    const response = await this.#fetch(method, path, body);
    if (response === undefined) return undefined;
    const parsed = schema.safeParse(response.json);
    if (parsed.success) return parsed.data;
    const problem = errorSchema.safeParse(response.json);
    const { code, message } = problem.data?.error ?? { code: '', message: 'it is not a vonage-gitops daemon' };
    if (code === 'UNKNOWN_APPLICATION') throw new ReconcilerError('E_NAME_UNKNOWN', { message });
    if (code === 'AMBIGUOUS_NAME') throw new ReconcilerError('E_NAME_AMBIGUOUS', { message });
    if (code.startsWith('NO_SUCH')) throw new ReconcilerError('E_NOT_FOUND', { what: this.#base, reason: message });
    const isOurs = problem.success && !['NOT_FOUND', 'UNAUTHORIZED', 'HOST_REFUSED'].includes(code);
    if (code === 'UNAUTHORIZED') return this.#silence(refusedToken, false, true);
    const said = `${response.status} ${message}`;
    return isOurs ? this.#silence(`the daemon responded ${said}`, true, true) : this.#silence(said, false);
  }

  async #fetch(method: string, path: string, body: string | undefined) {
    const authorization = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const headers = { ...authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    try {
      const response = await fetch(`${this.#base}${path}`, {
        method,
        headers,
        redirect: 'manual', // a redirect would take the token elsewhere
        signal: AbortSignal.timeout(responseMs),
        ...(body === undefined ? {} : { body }),
      });
      return { status: response.status, json: parseJson(await response.text()) };
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      return this.#silence(messageOf(cause), false);
    }
  }

  #silence(reason: string, always: boolean, refused = false): undefined {
    this.#unanswered = reason;
    const details = { url: this.#base, reason, ...(refused ? { refused } : {}) };
    if (always || this.#named) throw new ReconcilerError('E_DAEMON_UNREACHABLE', details);
    return undefined;
  }
}

function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
