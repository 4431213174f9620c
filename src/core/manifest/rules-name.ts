import { foldName } from '../fold-name.ts';
import { errorAt, type PathFinding, warningAt } from './finding.ts';

const path = ['metadata', 'name'] as const;
const loneSurrogate = /\p{Cs}/u;
const control = /[\p{Cc}\p{Zl}\p{Zp}]/gu;
/** What is not shown, without what emoji and some scripts need: joiners and variation selectors. */
const invisible = /(?!\p{Join_Control}|\p{Variation_Selector})\p{Default_Ignorable_Code_Point}/gu;
/** Most characters told of one name. */
const mostTold = 3;

/** What is odd about a name that is text. The API publishes no rule: what no request can carry is an error, what nobody sees is a warning. */
export function checkName(name: string): readonly PathFinding[] {
  if (loneSurrogate.test(name))
    return [errorAt(path, 'half of a surrogate pair, which UTF-8 cannot carry: write the whole character')];
  if (name === '') return []; // the schema's to report
  if (foldName(name) === '') return [errorAt(path, 'only white space or invisible characters: expected a name')];
  return [...controlWarning(name), ...invisibleWarning(name), ...edgeWarning(name), ...placeholderWarning(name)];
}

function controlWarning(name: string): readonly PathFinding[] {
  const found = charactersOf(name, control);
  if (found === undefined) return [];
  const remedy = /^[^\r\n]+\r?\n$/.test(name)
    ? 'a block scalar ends in one. Use |- or >-, or write the name on one line'
    : 'the server may reject it, and lists show it escaped. Remove it';
  return [warningAt(path, `the name contains ${found}: ${remedy}`)];
}

function invisibleWarning(name: string): readonly PathFinding[] {
  const found = charactersOf(name, invisible);
  if (found === undefined) return [];
  return [warningAt(path, `the name contains ${found}, which is not shown: remove it, if it is not intended`)];
}

function edgeWarning(name: string): readonly PathFinding[] {
  if (!/^ | $/.test(name)) return [];
  return [warningAt(path, 'the name begins or ends with a space: remove it, if it is not intended')];
}

/** Placeholders of shells and templates, which are sent as they are. */
function placeholderWarning(name: string): readonly PathFinding[] {
  if (!/\$[A-Za-z_]|\{\{|\}\}|<%|%[A-Z_]+%/.test(name)) return [];
  return [warningAt(path, 'the name contains a placeholder that was not filled in: a placeholder is written ${NAME}')];
}

/** `U+200B`, `a line break (U+000A)`: each once. */
function charactersOf(name: string, pattern: RegExp): string | undefined {
  const [first, ...others] = new Set(name.match(pattern) ?? []);
  if (first === undefined) return undefined;
  const told = [first, ...others].slice(0, mostTold).map(characterText).join(', ');
  return others.length < mostTold ? told : `${told} and more`;
}

function characterText(character: string): string {
  const code = `U+${Number(character.codePointAt(0)).toString(16).toUpperCase().padStart(4, '0')}`;
  const known = { '\n': 'a line break', '\t': 'a tab', '\u0000': 'NUL', '\u001b': 'ESC' }[character];
  return known === undefined ? code : `${known} (${code})`;
}
