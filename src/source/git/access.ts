import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { ReconcilerError } from '../../core/errors.ts';
import type { RepositoryAddress } from '../../core/git/repository-address.ts';
import { replaceFile } from '../../disk/durable-file.ts';
import { readIfThere } from '../../disk/read-if-there.ts';
import { makePrivateDirectory } from '../../disk/state-directory.ts';
import { errnoOf, stateError } from '../../disk/state-error.ts';
import type { GitSettings } from '../../git/environment.ts';
import type { GitFailure } from '../../git/messages.ts';
import { sshCommand } from '../../git/ssh.ts';

/** Why there is no way in. `said`: why, for the log. */
export interface AccessFailure {
  readonly failure: GitFailure;
  readonly said: string;
}

/** What git is given so that a server lets it in. */
interface Access {
  readonly settings: GitSettings;
  /** What only git's environment may hold. */
  readonly credentials: GitSettings;
  readonly environment: Readonly<Record<string, string>>;
}

/** The way to a server, found afresh for each request: secrets are rotated. */
export interface GitAccess {
  open(signal: AbortSignal): Promise<Access | AccessFailure>;
  /** The server did not let us in. Whether that may be another matter now. */
  refused(): boolean;
}

/** Tokens that somebody gives out, and that end. */
export interface TokenIssuer {
  token(signal: AbortSignal): Promise<{ readonly token: string } | AccessFailure>;
  /** Throws the token away. Whether there will be another one. */
  forget(): boolean;
}

/** By what a server lets us in. Secrets are functions, asked each time. */
type GitAuth =
  | { readonly kind: 'token'; readonly token: () => string }
  | { readonly kind: 'issued-token'; readonly issuer: TokenIssuer }
  | { readonly kind: 'ssh-key'; readonly file: string; readonly knownHosts: string };

/** How a server is reached. */
export interface AccessOptions {
  readonly address: RepositoryAddress;
  /** None: everybody is let in. */
  readonly auth?: GitAuth | undefined;
  /** File with the authorities whose certificates the server may have, in place of all others. */
  readonly ca?: string | undefined;
  /** File with authorities that count beside those of Node.js (NODE_EXTRA_CA_CERTS). Without it and `ca`, those of git count. */
  readonly extraAuthorities?: string | undefined;
  /** URL of the proxy in between, which may hold a password. Whether there is one is the caller's decision. */
  readonly proxy?: string | undefined;
  /** The store's own directory, where the authorities are written down for git. */
  readonly directory: string;
}

/** The way to a server. @throws where it is opened {ReconcilerError} E_STATE_UNUSABLE when authorities cannot be written, E_ABORTED */
export function gitAccess(options: AccessOptions): GitAccess {
  const { auth } = options;
  return {
    async open(signal) {
      const proof = await proofOf(options, signal);
      if ('failure' in proof) return proof;
      const trust = await trustOf(options);
      if ('failure' in trust) return trust;
      return { ...proof, settings: [...proof.settings, ...trust.settings], environment: proxyVariables(options) };
    },
    refused: () => auth?.kind === 'issued-token' && auth.issuer.forget(),
  };
}

type Proof = Pick<Access, 'settings' | 'credentials'>;

async function proofOf({ address, auth }: AccessOptions, signal: AbortSignal): Promise<Proof | AccessFailure> {
  switch (auth?.kind) {
    case undefined:
      return { settings: [], credentials: [] };
    case 'token': {
      const token = readToken(auth.token);
      return 'failure' in token ? token : { settings: [], credentials: header(address, token.token) };
    }
    case 'issued-token': {
      const token = await issued(auth.issuer, signal);
      return 'failure' in token ? token : { settings: [], credentials: header(address, token.token) };
    }
    case 'ssh-key': {
      const ssh = sshCommand({ key: auth.file, knownHosts: auth.knownHosts });
      if ('problem' in ssh) return { failure: 'unauthorized', said: ssh.problem };
      const settings: GitSettings = [
        ['core.sshCommand', ssh.command],
        ['ssh.variant', 'ssh'],
      ];
      return { settings, credentials: [] };
    }
  }
}

/** A token that is missing now may be there later. */
function readToken(read: () => string): { readonly token: string } | AccessFailure {
  try {
    return { token: read() };
  } catch (error) {
    if (error instanceof ReconcilerError) return { failure: 'unauthorized', said: error.message };
    throw error;
  }
}

/** @throws {ReconcilerError} E_ABORTED */
async function issued(issuer: TokenIssuer, signal: AbortSignal): ReturnType<TokenIssuer['token']> {
  try {
    return await issuer.token(signal);
  } catch (error) {
    throw signal.aborted ? new ReconcilerError('E_ABORTED', {}, { cause: error }) : error;
  }
}

/**
 * A token is the password, and the user is what GitHub asks for with tokens of its Apps; with others it counts for nothing there or at
 * GitLab. Bound to the server: git sends it nowhere else.
 */
function header({ origin }: RepositoryAddress, token: string): GitSettings {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  return [[`http.${origin}/.extraHeader`, `Authorization: Basic ${basic}`]];
}

/** The authorities whose certificates git trusts. @throws {ReconcilerError} E_STATE_UNUSABLE */
async function trustOf(options: AccessOptions): Promise<Pick<Access, 'settings'> | AccessFailure> {
  const { address, ca, extraAuthorities, directory } = options;
  if (address.scheme !== 'https') return { settings: [] };
  if (ca !== undefined) return { settings: await trustOnly(ca, directory) };
  if (extraAuthorities === undefined || extraAuthorities === '') return { settings: [] };
  const extra = await readAuthorities(extraAuthorities);
  if ('failure' in extra) return extra;
  return { settings: await trustOnly(await writeAuthorities(directory, extra.text), directory) };
}

/** A file counts beside the machine's directory of authorities, unless another directory is named: one in which there are none. */
async function trustOnly(file: string, directory: string): Promise<GitSettings> {
  const none = join(directory, 'no-authorities');
  await makePrivateDirectory(none);
  return [
    ['http.sslCAInfo', file],
    ['http.sslCAPath', none],
  ];
}

async function readAuthorities(path: string): Promise<{ readonly text: string } | AccessFailure> {
  try {
    return { text: await readFile(path, 'utf8') };
  } catch (error) {
    const reason = errnoOf(error) ?? 'UNKNOWN';
    return { failure: 'tls', said: `the certificates of NODE_EXTRA_CA_CERTS cannot be read: ${path}: ${reason}` };
  }
}

/** Git takes one file with all of them. @throws {ReconcilerError} E_STATE_UNUSABLE */
async function writeAuthorities(directory: string, extra: string): Promise<string> {
  const path = join(directory, 'authorities.pem');
  const text = [...rootCertificates, extra.trim(), ''].join('\n');
  await makePrivateDirectory(directory);
  if ((await readIfThere(path)) === text) return path;
  try {
    await replaceFile(path, text);
    return path;
  } catch (error) {
    throw stateError(directory, error);
  }
}

/** Source: curl(1), "ENVIRONMENT": HTTP_PROXY is not read in capitals */
function proxyVariables({ address, proxy }: AccessOptions): Readonly<Record<string, string>> {
  return proxy === undefined || address.origin === undefined ? {} : { [`${address.scheme}_proxy`]: proxy };
}
