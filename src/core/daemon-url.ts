import { isLoopback } from './is-loopback.ts';
import { parseUrl } from './parse-url.ts';

const expected = 'expected the URL of a daemon, such as https://gitops.example.com or http://127.0.0.1:8080';

/**
 * Why a text cannot be the address of a daemon; undefined when it can. A token goes there, so http is for this machine only. The text is
 * not part of it: there may be a password in it.
 */
export function daemonUrlProblem(text: string): string | undefined {
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(text)) return `${expected}: it has no scheme, write https://HOST`;
  const url = parseUrl(text);
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return expected;
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!plain) return `${expected}, without user name, password, query or fragment`;
  if (url.protocol === 'https:' || isLoopback(url.hostname)) return undefined;
  return 'a token is not sent over http to another machine: use https://, such as that of a proxy in front of the daemon, or forward a port of this machine to it';
}
