const known = ['slug', 'id', 'fingerprint', 'account'];
/** What tells applications apart. */
const distinct = ['slug', 'id', 'fingerprint'];

/** What is wrong with the name of delivered files; undefined when nothing is. */
export function deliveredFileProblem(text: string): string | undefined {
  const named = [...text.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
  const unknown = named.find((name) => !known.includes(name));
  if (unknown !== undefined) return `{${unknown}} is not known: expected {slug}, {id}, {fingerprint} or {account}`;
  if (!named.some((name) => distinct.includes(name)))
    return 'all applications would have one file: expected {slug}, {id} or {fingerprint} in its name';
  if (!/^[\w{][\w.{}-]{0,99}$/.test(text))
    return 'expected a file name of letters, digits and -_. only, without a directory';
  return text.replaceAll(/\{[^{}]*\}/g, '').search(/[{}]/) >= 0 ? 'a brace is not closed' : undefined;
}
