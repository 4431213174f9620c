const namedEntities: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
  ' ': 'nbsp',
};
/** Of a JSON escape, in JSON that is inside JSON three times at most. Without a bound a search takes quadratic time. */
const backslashes = '\\\\{1,7}';
const jsonEscapes: Readonly<Record<string, string>> = { '\n': 'n', '\r': 'r', '\t': 't', '"': '"', '/': '/' };

/**
 * Source of an expression, to be used with the flag `i`, for a character as it is and as servers, libraries and renderers write it:
 * escaped for JSON, URLs, forms and HTML, once or several times. Letters and digits are never escaped.
 */
export function anyFormOf(character: string): string {
  if (/^[a-z0-9]$/i.test(character)) return character;
  const code = Number(character.codePointAt(0));
  const named = namedEntities[character];
  const json = jsonEscapes[character];
  const forms = [
    character === '\\' ? backslashes : escapeRegExp(character),
    ...(json === undefined ? [] : [`${backslashes}${json}`]),
    ...(character === ' ' ? ['\\+'] : []),
    character.split('').map(jsonUnit).join(''),
    [...Buffer.from(character)].map((byte) => `%(?:25){0,2}${hex(byte, 2)}`).join(''),
    `&(?:amp;){0,2}#(?:0{0,4}${code}|x0{0,4}${hex(code, 1)});`,
    ...(named === undefined ? [] : [`&(?:amp;){0,2}${named};`]),
  ];
  return `(?:${forms.join('|')})`;
}

/**
 * Sources of expressions, to be used with the flag `i`, for a secret as it is and in all its forms; base64 alone and inside a longer text,
 * with either alphabet.
 */
export function secretForms(secret: string): readonly string[] {
  return [anyFormsOf(secret), ...base64FormsOf(secret)];
}

function anyFormsOf(text: string): string {
  return [...text].map(anyFormOf).join('');
}

/** Three alignments, without the characters that neighbors decide; and that of the secret alone with its end. */
function base64FormsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const inside = [0, 1, 2].map((offset) => {
    const text = base64(Buffer.concat([Buffer.alloc(offset), bytes]));
    return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
  });
  return [`${base64Source(base64(bytes))}(?:${anyFormOf('=')}){0,2}`, ...inside.map(base64Source)];
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

function base64Source(text: string): string {
  return text.replaceAll(/[+/]/g, (sign) => `(?:${anyFormOf(sign)}|${sign === '+' ? '-' : '_'})`);
}

function jsonUnit(unit: string): string {
  return `${backslashes}u${hex(unit.charCodeAt(0), 4)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
