import { ReconcilerError } from '../core/errors.ts';
import { forgeApiUrl } from '../core/git/forge-api.ts';
import type { RepositoryAddress } from '../core/git/repository-address.ts';
import { parseJson } from '../core/json.ts';
import { parseHttpDate } from '../net/http-date.ts';
import type { HttpResult, Send } from '../net/request.ts';
import { appJwt, appKey } from './app-jwt.ts';
import { rateLimitWaitMs } from './rate-limit.ts';
import { objectIn, reasonIn } from './response-text.ts';

/** A GitHub App as it is installed for some account, and what its tokens are for. */
export interface AppTokenOptions {
  readonly appId: number;
  readonly installationId: number;
  /** In PEM; asked for each token, because keys are rotated. */
  readonly privateKey: () => string;
  /** The one repository that the tokens are for. */
  readonly address: RepositoryAddress;
  /** Such as `{ contents: 'read' }`. */
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
  readonly send: Send;
  readonly clock: {
    /** Milliseconds since 1970. */
    now(): number;
    /** Milliseconds since some moment: never set back. */
    monotonic(): number;
  };
}

/** Why there is no token; `said` is for the log. */
interface TokenFailure {
  readonly failure: 'unauthorized' | 'unreachable' | 'timeout' | 'tls' | 'other';
  readonly said: string;
}

interface Kept {
  readonly token: string;
  /** When the next one is fetched, by the monotonic clock. */
  readonly renewAt: number;
}

/** Before a token ends, in milliseconds: a fetch that begins with it ends with it. */
const renewedBeforeMs = 10 * 60_000;
/** Between two tokens that are thrown away: a server that refuses each of them refuses something else. */
const betweenForgetsMs = 5 * 60_000;
/** Clocks are this far apart, in milliseconds, before a signature's time may be why it was refused. */
const worryingSkewMs = 30_000;

/**
 * Tokens by which a GitHub App reads one repository. A token is kept until ten minutes before it ends, reckoned by the server's clock; a
 * failure is not kept. No secret is in what is said.
 * Source: docs.github.com, "Create an installation access token for an app"
 */
export class AppTokens {
  readonly #options: AppTokenOptions;
  readonly #url: string;
  #kept: Kept | undefined;
  #forgottenAt = Number.NEGATIVE_INFINITY;
  /** The server's clock less ours, in milliseconds. */
  #skewMs = 0;

  constructor(options: AppTokenOptions) {
    this.#options = options;
    this.#url = `${forgeApiUrl('github', options.address)}/app/installations/${options.installationId}/access_tokens`;
  }

  /** A token that counts. Rejects only with the reason of an aborted signal. */
  async token(signal: AbortSignal): Promise<{ readonly token: string } | TokenFailure> {
    const { clock } = this.#options;
    if (this.#kept !== undefined && clock.monotonic() < this.#kept.renewAt) return this.#kept;
    this.#kept = undefined;
    const fetched = await this.#fetch(signal);
    if ('token' in fetched) this.#kept = fetched;
    return fetched;
  }

  /** Throws the token away, which a server refused. Whether there was one, and another one may be let in. */
  forget(): boolean {
    const now = this.#options.clock.monotonic();
    if (this.#kept === undefined || now - this.#forgottenAt < betweenForgetsMs) return false;
    this.#kept = undefined;
    this.#forgottenAt = now;
    return true;
  }

  /** A second time where the first was refused for its time. */
  async #fetch(signal: AbortSignal): Promise<Kept | TokenFailure> {
    const assumed = this.#skewMs;
    const first = await this.#fetchOnce(signal);
    const isRefused = 'failure' in first && first.failure === 'unauthorized';
    return isRefused && Math.abs(this.#skewMs - assumed) > worryingSkewMs ? this.#fetchOnce(signal) : first;
  }

  async #fetchOnce(signal: AbortSignal): Promise<Kept | TokenFailure> {
    const { address, permissions, appId, send, clock } = this.#options;
    const read = readKey(this.#options.privateKey);
    if ('failure' in read) return read;
    const jwt = appJwt({ appId, key: read.key, at: clock.now() + this.#skewMs });
    const begun = clock.monotonic();
    const result = await send({
      method: 'POST',
      url: this.#url,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${jwt}`,
        'content-type': 'application/json',
        'x-github-api-version': '2022-11-28',
      },
      body: JSON.stringify({ repositories: [repositoryOf(address)], permissions }),
      signal,
    });
    if ('failure' in result) return { failure: result.failure, said: `${this.#url}: ${result.reason}` };
    const serverTime = parseHttpDate(result.headers['date']) ?? clock.now();
    this.#skewMs = serverTime - clock.now();
    return result.status === 201 ? this.#keep(result.text, serverTime, begun) : this.#refusal(result, jwt);
  }

  #keep(text: string, serverTime: number, begun: number): Kept | TokenFailure {
    const { token, expires_at: expiresAt } = objectIn(parseJson(text));
    const ends = typeof expiresAt === 'string' ? Date.parse(expiresAt) : Number.NaN;
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || Number.isNaN(ends))
      return { failure: 'other', said: `${this.#url}: the response holds no token` };
    return { token, renewAt: begun + (ends - serverTime) - renewedBeforeMs };
  }

  #refusal(response: Extract<HttpResult, { status: number }>, jwt: string): TokenFailure {
    const { status, text } = response;
    const isBusy = rateLimitWaitMs(response, this.#options.clock.now()) !== undefined;
    const isRefused = !isBusy && [401, 403, 404, 422].includes(status);
    const said = `${this.#url}: ${status} ${reasonIn(text, jwt) || 'no reason'}`;
    return { failure: isRefused ? 'unauthorized' : 'unreachable', said };
  }
}

/** The name of the repository without its owner. */
function repositoryOf({ name }: RepositoryAddress): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

function readKey(read: () => string): { readonly key: NonNullable<ReturnType<typeof appKey>> } | TokenFailure {
  try {
    const key = appKey(read());
    return key === undefined
      ? { failure: 'unauthorized', said: 'the private key of the App is not an RSA key in PEM' }
      : { key };
  } catch (error) {
    if (error instanceof ReconcilerError) return { failure: 'unauthorized', said: error.message };
    throw error;
  }
}
