import stringWidth from 'string-width';

/** How many columns of a terminal a text takes: two for each Chinese or Japanese sign and most emoji. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** A text with spaces behind it, up to so many columns of a terminal. */
export function padColumns(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** Width of a column for these texts, without those that are so wide that aligning to them would push the rest off the screen. */
export function columnWidth(texts: readonly string[], widest: number): number {
  return Math.max(0, ...texts.map(widthOf).filter((width) => width <= widest));
}
