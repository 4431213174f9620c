import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { allPages, fencesOf } from './pages.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const takesDirectory = /(?:vonage-gitops) (?:plan|apply|validate|run|ledger rebuild|state move)((?: [^#|]*)?)/;

/** Arguments of a command line that are no options, nor values of options with a value. */
function argumentsOf(line: string): readonly string[] {
  const words = (takesDirectory.exec(line)?.[1] ?? '').trim().split(/\s+/);
  const valued = /^--(state|out|only|account|config|format|listen|allow-\w+|for|reason|from|against|daemon|commit)$/;
  return words.filter((word, index) => /^[\w./]+$/.test(word) && !valued.test(words[index - 1] ?? ''));
}

/** Command lines of a page, in its order: `$ vonage-gitops …`, and lines to copy. */
function linesOf(page: ReturnType<typeof allPages>[number]): readonly string[] {
  return fencesOf(page)
    .flatMap(({ text }) => text.split('\n'))
    .filter((line) => /^(\$ |npx |vonage-gitops |mkdir |cp )/.test(line) && !line.includes('[dir'));
}

test('a directory or file that a page gives to a command is in the repository, or made by an earlier command of the page', () => {
  const missing = allPages().flatMap((page) => {
    const made = new Set<string>();
    return linesOf(page).flatMap((line) => {
      for (const [, name = ''] of line.matchAll(/(?:mkdir|--out|>) ([\w./-]+)/g)) made.add(name);
      const unknown = argumentsOf(line).filter((name) => !made.has(name) && !existsSync(join(root, name)));
      return unknown.map((name) => `${page.path}: ${name} in "${line}"`);
    });
  });

  expect(missing).toEqual([]);
});
