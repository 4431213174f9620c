/**
 * The address of the remote `origin` in the text of a git configuration file; undefined when it has none. What the file includes is
 * not followed. Syntax: git-config(1).
 */
export function originUrl(text: string): string | undefined {
  let inOrigin = false;
  let url: string | undefined;
  for (const line of joinContinued(text)) {
    const header = /^\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\](.*)$/.exec(line);
    const [, section = '', subsection, rest = line] = header ?? [];
    if (header !== null) inOrigin = isOrigin(section.toLowerCase(), subsection);
    const [, name = '', value = ''] = /^\s*([A-Za-z][\w-]*)\s*=(.*)$/.exec(rest) ?? [];
    if (inOrigin && name.toLowerCase() === 'url') url ??= unquoted(value); // git fetches from the first one
  }
  return url === '' ? undefined : url;
}

function isOrigin(section: string, subsection: string | undefined): boolean {
  if (subsection === undefined) return section === 'remote.origin'; // the older spelling
  return section === 'remote' && subsection.replace(/\\(.)/g, '$1') === 'origin';
}

/** A backslash at the end continues a line. */
function joinContinued(text: string): readonly string[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const joined: string[] = [];
  let open = '';
  for (const line of lines) {
    open += line;
    if (/(?:^|[^\\])(?:\\\\)*\\$/.test(line)) open = open.slice(0, -1);
    else {
      joined.push(open);
      open = '';
    }
  }
  return [...joined, open];
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b' };

/** Without quotes and comments, and with the blanks around it removed. */
function unquoted(written: string): string {
  let value = '';
  let quoted = false;
  for (const [part] of written.matchAll(/\\.|[^\\]/gs)) {
    if (part === '"') quoted = !quoted;
    else if (!quoted && (part === '#' || part === ';')) break;
    else value += part.length === 2 ? (escapes[part.charAt(1)] ?? part.charAt(1)) : part;
  }
  return value.trim();
}
