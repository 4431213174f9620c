import { isLoopback } from '../is-loopback.ts';
import { parseUrl } from '../parse-url.ts';
import { repositoryName } from './repository-name.ts';

/** Where a repository is fetched from. */
export interface RepositoryAddress {
  /** As git is given it: what is written as `git@host:path` is an ssh URL. */
  readonly url: string;
  readonly scheme: 'https' | 'ssh' | 'http' | 'file';
  /** Scheme, host and port of an http or https URL, which credentials are bound to. */
  readonly origin: string | undefined;
  /** What the repository is called whichever way it is fetched. */
  readonly name: string;
}

/** What is allowed beside https and ssh. */
export interface AddressPolicy {
  /** Whether a directory of this machine may be fetched from. Never from a file in a repository: the environment says so. */
  readonly allowFile: boolean;
}

const hostPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?\.?)$/i;
const userPattern = /^[a-z0-9_][a-z0-9._-]*$/i;
/** Characters that forges use in paths; `~` is a home directory of the server. */
const pathPattern = /^[a-z0-9._~/+@=%-]+$/i;

/**
 * Checks the address of a repository by rules of our own, because git takes options and commands for addresses: `--upload-pack=…`,
 * `ext::…`. The text may hold a password, and is in no message.
 * @returns why it is refused, as `{ problem }`
 */
export function parseRepositoryAddress(
  text: string,
  { allowFile }: AddressPolicy,
): RepositoryAddress | { readonly problem: string } {
  if (/[\s\p{Cc}]/u.test(text)) return { problem: 'it contains a space, a line break or a control character' };
  if (/^[a-z][a-z0-9+.-]*::/i.test(text))
    return { problem: 'it names a program that fetches ("name::..."), and none is run. Use an https or ssh URL' };
  if (/^(?!\w+:\/\/)[^/]*:[^/]*@/.test(text)) return { problem: credentialsProblem };
  const url = parseUrl(asUrl(text));
  if (url === undefined || !text.includes(':'))
    return { problem: `${expected}, such as https://git.example.com/team/config.git` };
  const problem = schemeProblem(url, allowFile) ?? userProblem(url) ?? placeProblem(url, asUrl(text));
  return problem === undefined ? addressOf(url) : { problem };
}

const expected = 'expected an https or ssh URL';
const credentialsProblem =
  'it contains credentials, which everybody who reads the configuration can read. Take them out, and set auth';

/** `git@host:path` is the way ssh addresses are usually written; without a leading slash the path begins at the home directory. */
function asUrl(text: string): string {
  const [, user = '', host, path] = /^([^@/:]*@)?([^:/[\]]+):(?!\/\/)(.*)$/s.exec(text) ?? [];
  if (host === undefined || path === undefined) return text;
  return `ssh://${user}${host}/${path.startsWith('/') ? path.slice(1) : path}`;
}

function schemeProblem({ protocol, hostname }: URL, allowFile: boolean): string | undefined {
  switch (protocol) {
    case 'https:':
    case 'ssh:':
      return undefined;
    case 'http:':
      return isLoopback(hostname) ? undefined : 'http is not encrypted: use https, or ssh';
    case 'file:':
      return allowFile ? undefined : `a directory of this machine is not allowed here: ${expected}`;
    default:
      return `${protocol.slice(0, -1)} is not supported: ${expected}`;
  }
}

function userProblem({ protocol, username, password }: URL): string | undefined {
  if (password !== '' || (username !== '' && protocol !== 'ssh:')) return credentialsProblem;
  return username === '' || userPattern.test(username) ? undefined : 'its user has characters that no user name has';
}

function placeProblem({ protocol, hostname, pathname, search, hash }: URL, written: string): string | undefined {
  if (search !== '' || hash !== '') return 'it has a query or a fragment, and a repository has none';
  if (protocol !== 'file:' && !hostPattern.test(hostname)) return 'its host is not a valid name or IP address';
  if (!pathPattern.test(pathname) || /(\.|%2e){2}(\/|$)/i.test(written) || isHidden(pathname))
    return 'its path has characters or steps ("..") that are refused';
  if (pathname.replaceAll('/', '') === '') return 'it has no path to a repository';
  if (/(^|\/)-/.test(pathname)) return 'a part of its path begins with "-", which git could take for an option';
  return undefined;
}

/** Whether a path, decoded, holds what cannot be seen: control characters, line separators, marks that turn the direction of text. */
function isHidden(pathname: string): boolean {
  try {
    return /[\p{C}\p{Zl}\p{Zp}]/u.test(decodeURIComponent(pathname));
  } catch {
    return true; // not UTF-8
  }
}

function addressOf(url: URL): RepositoryAddress | { readonly problem: string } {
  const name = repositoryName(url.href, '/');
  if (name === undefined) return { problem: 'it has no path to a repository' };
  const scheme = schemes[url.protocol] ?? 'file';
  const origin = scheme === 'https' || scheme === 'http' ? url.origin : undefined;
  return { url: url.href, scheme, origin, name };
}

const schemes: Readonly<Record<string, RepositoryAddress['scheme']>> = {
  'https:': 'https',
  'http:': 'http',
  'ssh:': 'ssh',
};
