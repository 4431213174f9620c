import { styleText } from 'node:util';

/** Colors of the text output, by meaning. */
const styles = {
  create: 'green',
  adopt: 'cyan',
  update: 'yellow',
  delete: 'red',
  alarm: ['bold', 'red'],
  strong: 'bold',
  faint: 'dim',
} as const;

/** Puts a text into the color of that meaning. */
export type Paint = (style: keyof typeof styles, text: string) => string;

/** Colors, or leaves every text as it is. Pure: it asks neither the terminal nor the environment. */
export function paintWith(color: boolean): Paint {
  if (!color) return (_, text) => text;
  return (style, text) => {
    const format = styles[style];
    return styleText(typeof format === 'string' ? format : [...format], text, { validateStream: false });
  };
}
