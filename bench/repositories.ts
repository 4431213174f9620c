import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A bare repository with the files of a directory below `apps`, and after that so many commits beside it: what a repository of many teams
 * looks like to one of them.
 */
export function writeRepository(repository: string, manifests: string, commits: number): void {
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', repository]);
  const stream = [first(manifests)];
  for (let number = 2; number <= commits; number += 1) stream.push(beside(number));
  execFileSync('git', ['--git-dir', repository, 'fast-import', '--quiet'], { input: stream.join('') });
}

/** Source: git-fast-import(1) */
function first(manifests: string): string {
  const files = readdirSync(manifests, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const all = files.map(({ parentPath, name }) => {
    const path = join(parentPath, name);
    return file(`apps${path.slice(manifests.length)}`, readFileSync(path, 'utf8'));
  });
  return commit(1, all.join(''));
}

function beside(number: number): string {
  return commit(number, file(`others/${number % 500}.txt`, `${number}\n`));
}

function commit(number: number, changes: string): string {
  const message = `Change ${number}`;
  return `commit refs/heads/main\ncommitter Ann <ann@example.com> ${1_700_000_000 + number} +0000\ndata ${message.length}\n${message}\n${changes}\n`;
}

function file(path: string, text: string): string {
  return `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`;
}
