/** A document of a file: the lines that lead to it, and its own. */
interface Section {
  /** The line of ---; undefined where the file begins without one. */
  readonly marker: string | undefined;
  readonly body: string;
  /** Blank lines at its end. */
  readonly blankLines: number;
}

/** A file cut into documents. */
export interface CutText {
  readonly byteOrderMark: string;
  readonly lineBreak: '\n' | '\r\n';
  readonly sections: readonly Section[];
}

/** Cuts a file at its lines of ---, which no text of YAML can hold in column 1; in words, why it cannot be cut. */
export function cutSections(text: string): CutText | string {
  const byteOrderMark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const lineBreak = /^[^\n]*\r\n/.test(text) ? '\r\n' : '\n';
  const lines = text.slice(byteOrderMark.length).replaceAll('\r\n', '\n').split('\n');
  if (lines.some((line) => /^(%|\.\.\.(\s|$))/.test(line))) return 'it has directives or end markers of YAML';
  if (lines.some((line) => /^---\s+[^\s#]/.test(line))) return 'a document begins on the line of its ---';
  const starts = lines.flatMap((line, index) => (isMarker(line) ? [index] : []));
  const sections = [0, ...starts.map((index) => index + 1)].map((from, index): Section => {
    const marker = index === 0 ? undefined : lines[from - 1];
    return { marker, ...bodyOf(lines.slice(from, starts[index])) };
  });
  const isUsed = ({ body }: Section, index: number) => index > 0 || body !== '' || sections.length === 1;
  return { byteOrderMark, lineBreak, sections: sections.filter(isUsed) };
}

/** The file of these documents, as {@link cutSections} takes one apart; it ends in one line break. */
export function joinSections({ byteOrderMark, lineBreak, sections }: CutText): string {
  const texts = sections.map(({ marker, body, blankLines }) => {
    const start = marker === undefined ? '' : `${marker}\n`;
    return `${start}${body}${'\n'.repeat(blankLines)}`;
  });
  const text = `${texts.join('').trimEnd()}\n`;
  return `${byteOrderMark}${text.replaceAll('\n', lineBreak)}`;
}

function isMarker(line: string): boolean {
  return /^---(\s|$)/.test(line);
}

function bodyOf(lines: readonly string[]): Pick<Section, 'body' | 'blankLines'> {
  const isBlank = (line: string) => line.trim() === '';
  const first = lines.findIndex((line) => !isBlank(line));
  if (first < 0) return { body: '', blankLines: lines.length };
  const last = lines.findLastIndex((line) => !isBlank(line));
  return { body: `${lines.slice(first, last + 1).join('\n')}\n`, blankLines: lines.length - last - 1 };
}
