/** A line of a text: where it starts, and by how many columns it is indented. */
interface TextLine {
  readonly number: number;
  readonly offset: number;
  readonly indent: number;
}

/** A document inside a text: where it starts, and which line an offset is on. */
export interface DocumentText {
  readonly text: string;
  readonly start: number;
  readonly lineOf: (offset: number) => number;
}

/** A line that is indented otherwise than those it belongs to. */
interface WrongIndent {
  /** Offset of the first character that is no blank. */
  readonly offset: number;
  readonly message: string;
}

const rule = 'what belongs side by side starts in the same column';

/**
 * What is wrong with the indentation around the line at an offset, at which a parser stopped: often the line above is the one to change,
 * which shows in its odd number of columns.
 */
export function wrongIndent(document: DocumentText, offset: number): WrongIndent {
  const start = document.text.lastIndexOf('\n', offset - 1) + 1;
  const lines = linesBefore(document, start);
  const end = document.text.slice(start).search(/[^ ]/);
  const at = { number: document.lineOf(start), offset: start, indent: Math.max(0, end) };
  const { outer, inner } = around(lines, at.indent);
  const step = lines.find(({ indent }) => indent > 0)?.indent ?? 2;
  const isOdd = ({ indent }: TextLine) => indent % step !== 0;
  const odd = isOdd(at) ? undefined : [outer, inner].find((line) => line !== undefined && isOdd(line));
  if (odd !== undefined)
    return { offset: startOf(odd), message: `${columns(odd)}, line ${at.number} by ${at.indent}: ${rule}` };
  const others = [outer, inner].flatMap((line) =>
    line === undefined ? [] : [`line ${line.number} by ${line.indent}`],
  );
  return { offset: startOf(at), message: `${[columns(at), ...others].join(', ')}: ${rule}` };
}

/** Lines of the document with something in them but comments, up to the one that starts at an offset. */
function linesBefore({ text, start, lineOf }: DocumentText, end: number): readonly TextLine[] {
  let offset = text.lastIndexOf('\n', start - 1) + 1;
  const first = lineOf(offset);
  return text
    .slice(offset, end)
    .split('\n')
    .flatMap((line, index) => {
      const found = { number: first + index, offset, indent: line.search(/[^ \r]/) };
      offset += line.length + 1;
      return found.indent < 0 || line[found.indent] === '#' ? [] : [found];
    });
}

/** The nearest line above that is indented less, and the least indented one in between. */
function around(
  lines: readonly TextLine[],
  indent: number,
): { readonly outer: TextLine | undefined; readonly inner: TextLine | undefined } {
  let outer: TextLine | undefined;
  let inner: TextLine | undefined;
  for (const line of lines.toReversed()) {
    if (line.indent < indent) {
      outer = line;
      break;
    }
    if (inner === undefined || line.indent <= inner.indent) inner = line;
  }
  return { outer, inner };
}

function columns({ indent }: TextLine): string {
  return `indented by ${indent} ${indent === 1 ? 'column' : 'columns'}`;
}

function startOf({ offset, indent }: TextLine): number {
  return offset + indent;
}
