/** Part of a text that is replaced by another; one that is empty is put in. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** The lines of a text, by offsets. */
export class TextLines {
  readonly text: string;
  /** How its lines end. */
  readonly newline: string;
  /** Where the first line begins: after a mark of UTF-8. */
  readonly start: number;

  constructor(text: string) {
    this.text = text;
    this.start = text.startsWith('\uFEFF') ? 1 : 0;
    this.newline = /\r?\n/.exec(text)?.[0] ?? '\n';
  }

  /** Where the line of an offset begins. */
  startOf(offset: number): number {
    return offset <= this.start ? this.start : Math.max(this.start, this.text.lastIndexOf('\n', offset - 1) + 1);
  }

  /** Where the line after that of an offset begins; the end of the text for the last line. */
  endOf(offset: number): number {
    const newline = this.text.indexOf('\n', offset);
    return newline === -1 ? this.text.length : newline + 1;
  }

  /** Where the line of an offset ends, without its line break. */
  breakOf(offset: number): number {
    const end = this.endOf(offset);
    return end - (/\r?\n$/.exec(this.text.slice(offset, end))?.[0].length ?? 0);
  }

  /** Characters in its line before an offset. */
  columnOf(offset: number): number {
    return offset - this.startOf(offset);
  }

  /** Whether nothing but white space stands before an offset in its line. */
  beginsLine(offset: number): boolean {
    return /^[ \t]*$/.test(this.text.slice(this.startOf(offset), offset));
  }

  /** A line that is a comment and nothing else: its indentation and text. Undefined for any other. */
  commentAt(lineStart: number): { readonly indentation: number; readonly text: string } | undefined {
    const [, indent = '', text] = /^([ \t]*)(#.*?)\r?\n?$/.exec(this.#line(lineStart)) ?? [];
    return text === undefined ? undefined : { indentation: indent.length, text };
  }

  isBlank(lineStart: number): boolean {
    return this.#line(lineStart).trim() === '';
  }

  /** The indentation of an offset's line. */
  indentOf(offset: number): string {
    const line = this.#line(this.startOf(offset));
    return line.slice(0, line.search(/[^ \t]|$/));
  }

  #line(lineStart: number): string {
    return this.text.slice(lineStart, this.endOf(lineStart));
  }
}

/** The text with all of them replaced. What is put in at one offset stays in the order given, and before what is removed from there. */
export function spliced(text: string, splices: readonly Splice[]): string {
  const inOrder = splices.toSorted((one, other) => one.from - other.from || rank(one) - rank(other));
  let result = '';
  let at = 0;
  for (const { from, to, text: replacement } of inOrder) {
    result += text.slice(at, Math.max(at, from)) + replacement;
    at = Math.max(at, to);
  }
  return result + text.slice(at);
}

function rank({ from, to }: Splice): number {
  return from === to ? 0 : 1;
}
