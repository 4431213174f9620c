import type { Json } from '../json.ts';
import { parseUrl } from '../parse-url.ts';
import { errorAt, type PathFinding, warningAt } from './finding.ts';
import type { Path } from './schema.ts';

/** What templates and shells leave in a host when nobody fills it in; no host's name has it. */
const placeholderMarks = ['$', '{', '}', '<', '>', '%', '\\'];

const outOfReach =
  'an address on this machine or in a private network, which Vonage cannot reach. Use a public one, such as that of a tunnel';
const plainHttp =
  'http is not encrypted: what is sent to this address can be read and changed on its way. Use https://';

/** What is wrong with the URL of a webhook. The value itself is not part of a message: it may come from the environment. */
export function checkUrl(address: Json | undefined, path: Path): readonly PathFinding[] {
  // Whatever does not even begin like a URL is the schema's to report.
  if (typeof address !== 'string' || !/^https?:\/\/./i.test(address)) return [];
  const problem = urlProblem(address);
  if (problem !== undefined) return [errorAt(path, `expected an http or https URL: ${problem}`)];
  if (isPrivate(new URL(address))) return [warningAt(path, outOfReach)];
  return /^http:/i.test(address) ? [warningAt(path, plainHttp)] : [];
}

/** Why a text that begins like a URL is none, in words; undefined when it is one. */
export function urlProblem(address: string): string | undefined {
  return spaceProblem(address) ?? hostProblem(address);
}

function spaceProblem(address: string): string | undefined {
  if (/[\r\n]\s*$/.test(address))
    return 'it ends in a line break. For text over several lines write ">-" instead of ">" or "|"';
  if (/\s$/.test(address)) return 'it ends in a space';
  if (/[\r\n]/.test(address)) return 'it contains a line break';
  if (/\t/.test(address)) return 'it contains a tab';
  if (/\s/.test(address)) return 'it contains a space. A value that continues on the next line is joined by one';
  return undefined;
}

function hostProblem(address: string): string | undefined {
  if (/^(https?:\/\/){2}/i.test(address)) return 'its scheme is there twice';
  const authority = address.replace(/^https?:\/\//i, '').replace(/[/?#].*$/s, '');
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const mark = placeholderMarks.find((text) => host.includes(text));
  if (mark !== undefined)
    return `its host contains "${mark}", which looks like a placeholder that was not replaced. Only \${NAME} is replaced`;
  if (/^(:|$)/.test(host)) return 'the host is missing';
  if (/[[\]]/.test(host) && !/^\[[^[\]]*\](:|$)/.test(host))
    return 'brackets belong around an IPv6 address, and nowhere else';
  const [, port] = /:([^:\]]*)$/.exec(host) ?? [];
  if (port !== undefined && port !== '' && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535))
    return 'its port is not a number from 0 to 65535';
  return parseUrl(address) === undefined ? 'its host is not a valid name or IP address' : undefined;
}

/** An address on the machine of whoever asks, or in a network of its own. Source: RFC 6761, RFC 1918, RFC 3927, RFC 4193, RFC 4291 */
function isPrivate({ hostname: host }: URL): boolean {
  return (
    /^(.+\.)?localhost\.?$/.test(host) ||
    /^(0|10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01]))(\.\d+)+$/.test(host) ||
    /^\[(::1?|fe[89ab][\da-f]:.*|f[cd][\da-f]{2}:.*)\]$/.test(host)
  );
}
