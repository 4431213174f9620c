import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundleChildren, each, runChild } from './child-process.ts';
import { writeManifests } from './manifests.ts';
import { writeRepository } from './repositories.ts';
import { median, type Result, spread } from './result.ts';

/** Manifests of a git repository, against the same ones in a directory; and what the repository's history adds. Wall times. */
export async function sources(directory: string): Promise<readonly Result[]> {
  const child = await bundleChildren(['load-manifests', 'load-repository'], join(directory, 'source-children'));
  const manifests = join(directory, 'source-manifests');
  const [short, long] = [join(directory, 'short.git'), join(directory, 'long.git')];
  writeManifests(manifests, 2_000);
  writeRepository(short, manifests, 1);
  writeRepository(long, manifests, 20_000);
  const fromDirectory: Readonly<Record<string, number>>[] = [];
  const fromShort: Readonly<Record<string, number>>[] = [];
  const fromLong: Readonly<Record<string, number>>[] = [];
  const asked: number[] = [];
  for (let run = 0; run < 5; run += 1) {
    fromDirectory.push(await runChild(child('load-manifests'), manifests));
    fromShort.push(await measured(child, short, join(directory, 'short-store')));
    fromLong.push(await measured(child, long, join(directory, 'long-store')));
    asked.push(lsRemoteMs(long));
  }
  const of = (runs: typeof fromShort, figure: string) => median(each(runs, figure));
  const directoryMs = of(fromDirectory, 'loadWallMs');
  const alone = `from the directory ${spread(each(fromDirectory, 'loadWallMs'))}`;
  return [
    {
      what: 'load 2,000 manifests of a commit',
      value: of(fromShort, 'loadMs') / directoryMs,
      limit: 1.2,
      rule: 'at most',
      measured: `${spread(each(fromShort, 'loadMs'))}; ${alone}`,
    },
    {
      what: 'load 2,000 manifests of a commit again, nothing changed',
      value: of(fromShort, 'againMs') / of(fromDirectory, 'againWallMs'),
      limit: 1,
      rule: 'at most',
      measured: `${spread(each(fromShort, 'againMs'))}; from the directory ${spread(each(fromDirectory, 'againWallMs'))}`,
    },
    {
      what: 'load 2,000 manifests after 20,000 commits, against one',
      value: of(fromLong, 'loadMs') / of(fromShort, 'loadMs'),
      limit: 1.3,
      rule: 'at most',
      measured: `${spread(each(fromLong, 'loadMs'))}; ${spread(each(fromShort, 'loadMs'))}`,
    },
    {
      what: 'ask for news when there is none, against git ls-remote alone',
      value: of(fromLong, 'pollMs') / median(asked),
      limit: 5,
      rule: 'at most',
      measured: `${spread(each(fromLong, 'pollMs'))}; alone ${spread(asked)}`,
    },
  ];
}

async function measured(child: (name: string) => string, repository: string, store: string) {
  rmSync(store, { recursive: true, force: true });
  return runChild(child('load-repository'), repository, store);
}

function lsRemoteMs(repository: string): number {
  const began = performance.now();
  execFileSync('git', ['ls-remote', '--', `file://${repository}`, 'refs/heads/main']);
  return performance.now() - began;
}
