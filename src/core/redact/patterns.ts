import { anyFormOf } from './forms.ts';

/** What stands in the place of everything that must not be shown. */
export const sensitive = '(sensitive)';

/** Fields whose values are secret: those of the API (`secret`, `credential…`, `private_key`), and what servers and proxies call theirs. */
const secretNames =
  '[\\w-]*(?:secret|password|passphrase|token)|credential[\\w-]*|[\\w-]*private_?key|(?:proxy-)?authorization';
const secretName = new RegExp(`^(?:${secretNames})$`, 'i');

/** Whether a field of this name holds something that must never be shown. A public key is not secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** The beginning of a private key in any of the usual PEM forms. */
export const privateKeyStart = /-----BEGIN[A-Z0-9 ]*PRIVATE KEY/;

const blank = '(?:[ \\t]|%20|&#32;|&nbsp;)';
const space = `(?:\\+|${blank})`;
const newline = '(?:[\\r\\n]|\\\\{1,7}[nr]|%(?:25){0,2}0[adAD]|&(?:amp;){0,2}#(?:1[03]|x0{0,2}[adAD]);|<br ?/?>)';
const dashes = `${anyFormOf('-')}{5}`;
const base64 = '(?:[\\w+/=]|\\\\{1,7}/|%(?:25){0,2}(?:2[bBfF]|3[dD])|&(?:amp;){0,2}#(?:43|47|61|x2[bBfF]|x3[dD]);)';
/** Before an encrypted key. Source: RFC 1421, section 4.6 */
const pemHeader = `(?:Proc${anyFormOf('-')}Type|DEK${anyFormOf('-')}Info)${anyFormOf(':')}${blank}?(?:(?!${newline}|${blank})[^"])*`;
const pemKind = `(?:${space}|[A-Z0-9])*?PRIVATE${space}KEY(?:${space}BLOCK)?(?:${dashes})?`;
const pemLine = `(?:(?:${newline}${blank}*)+(?:${pemHeader}|${base64}+)|${blank}+(?:${pemHeader}|${base64}{16,}))`;

/** A private key from its first line to its last, or as far as it goes: line ends may be escaped for JSON, URLs or HTML. */
const privateKey = new RegExp(
  `${dashes}BEGIN${pemKind}(?:${pemLine})*(?:(?:${newline}|${blank})*${dashes}END${pemKind})?`,
  'gi',
);

/** A private key without its first line (RSA in PKCS#8 and PKCS#1, EC, Ed25519), and one in PEM form that is base64 once more. */
const bareKey = new RegExp(
  `(?:MII\\w[\\w+/]{2}IBA(?:DANBg|AK[BC])|MI[GH]\\wAgEAMB[AM]GByqGSM49|MHcCAQEE|MIGkAgEBBD|MC4CAQAwBQYDK2VwBCIE|LS0tLS1CRUdJTi(?:BQUklWQVRF|BSU0EgUFJJVkFUR|BFQyBQUklWQVRF|BFTkNSWVBURUQg|BPUEVOU1NI|BEU0EgUFJJVkFUR))(?:${newline}*${base64})*`,
  'g',
);

const token = '(?:[\\w.~+/=-]|\\\\{1,7}/|%(?:25){0,2}(?:2[bf]|3d|7e)|&(?:amp;){0,2}#(?:43|47|61|x2[bf]|x3d);)';
const gap = `(?:${space}|\\s)+`;
const authorizationHeader = new RegExp(
  `(authorization(?:\\\\*["']|${blank})*(?:[:=]|%3a|&#58;)(?:\\\\*["']|${space})*(?:basic|bearer)${gap})${token}+`,
  'gi',
);
const authorizationAlone = new RegExp(`\\b((?:basic|bearer)${gap})(${token}{8,})`, 'gi');

/** User and password of a URL, up to the last @ before the host: as it is, inside JSON, percent-encoded or HTML-escaped. */
const userinfo = new RegExp(
  `(${anyFormOf(':')}${anyFormOf('/')}{2})(?:\\\\{1,7}"|"(?![,:}\\]\\s]|$)|&(?:amp;){0,2}#(?!(?:35|47|63|x2[3f]|x3f);)x?[0-9a-f]+;|(?!%(?:25){0,2}(?:2f|3f|23))[^\\s/?#\\\\"])*(${anyFormOf('@')})`,
  'gi',
);

const secretInJson = new RegExp(`"(${secretNames})"(\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"`, 'gi');
const secretInEscapedJson = new RegExp(
  `\\\\"(${secretNames})\\\\"(\\s*:\\s*)\\\\"(?:\\\\{3}"|[^"\\\\]|\\\\(?!"))*\\\\"`,
  'gi',
);

/** The text without private keys, and without credentials of Authorization headers: what must go before anything is cut out of it. */
export function redactKeys(text: string): string {
  return text
    .replace(privateKey, sensitive)
    .replace(bareKey, sensitive)
    .replace(authorizationHeader, `$1${sensitive}`)
    .replace(authorizationAlone, (match, scheme: string, given: string) =>
      isCredential(given) ? `${scheme}${sensitive}` : match,
    );
}

/** The text without users and passwords of URLs, and without values of secret fields in JSON. */
export function redactPlaces(text: string): string {
  return text
    .replace(userinfo, `$1${sensitive}$2`)
    .replace(secretInJson, `"$1"$2"${sensitive}"`)
    .replace(secretInEscapedJson, `\\"$1\\"$2\\"${sensitive}\\"`);
}

/** The text with everything replaced that is a secret by its shape. */
export function redactText(text: string): string {
  return redactPlaces(redactKeys(text));
}

/** Whether what follows "basic" or "bearer" outside a header is no word: people write those two of other things, too. */
function isCredential(given: string): boolean {
  if (/^[\x20-\x7e]+:/.test(Buffer.from(given, 'base64').toString('latin1'))) return true;
  return given.length >= 12 && /=|\d.*\d|[a-z][A-Z].*[a-z][A-Z]/.test(given);
}
