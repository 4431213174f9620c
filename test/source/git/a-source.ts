import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ObjectId } from '../../../src/core/git/object-id.ts';
import type { Ref } from '../../../src/core/git/ref.ts';
import { parseRepositoryAddress } from '../../../src/core/git/repository-address.ts';
import type { Git } from '../../../src/git/program.ts';
import type { AcceptRules } from '../../../src/source/git/accept.ts';
import { gitAccess } from '../../../src/source/git/access.ts';
import type { Remote } from '../../../src/source/git/fetch.ts';
import { Repository } from '../../../src/source/git/repository.ts';
import { Store } from '../../../src/source/git/store.ts';
import type { StoreLock } from '../../../src/source/git/store-lock.ts';
import { git, idOf, never } from './a-repository.ts';

/** What a test wants otherwise. */
export interface SourceOptions {
  readonly ref?: Ref;
  readonly rules?: Partial<AcceptRules>;
  readonly remote?: Partial<Remote>;
  readonly name?: string;
  readonly git?: Git;
  readonly lock?: StoreLock;
  readonly now?: () => number;
  readonly leastFreeBytes?: number;
  /** Most that is fetched for plans. */
  readonly plansMaxBytes?: number;
  /** Where the store is, if not in the test's directory. */
  readonly directory?: string;
}

/** A repository at a server, which is a directory here, with a work tree that pushes to it. */
export async function aSource(format: 'sha1' | 'sha256' = 'sha1') {
  const directory = await mkdtemp(join(tmpdir(), 'vonage-gitops-git-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const served = join(directory, 'served/voice.git');
  const work = join(directory, 'work');
  const identity = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com'];
  const sh = (...parameters: readonly string[]) =>
    execFileSync('git', [...identity, ...parameters], { stdio: 'pipe' })
      .toString()
      .trim();
  sh('init', '--quiet', '--bare', `--object-format=${format}`, served);
  sh('init', '--quiet', '--initial-branch=main', `--object-format=${format}`, work);
  const run = (...parameters: readonly string[]) => sh('-C', work, ...parameters);
  const applied: ObjectId[] = [];
  return {
    directory,
    served,
    work,
    /** Runs git in the work tree. */
    run,
    /** What the ledgers say is applied. */
    applied,
    /** Where the stored repository of the source is. */
    stored: join(directory, 'state/.git-sources/voice/repository.git'),
    /** Commits a file. */
    commit: async (path: string, content: string | Buffer = 'text', message = `Change ${path}`) => {
      await mkdir(dirname(join(work, path)), { recursive: true });
      await writeFile(join(work, path), content);
      run('add', '--all');
      run('commit', '--quiet', '--allow-empty', '--message', message);
      return idOf(run('rev-parse', 'HEAD'));
    },
    /** Pushes what is checked out, or something else, whatever is there. */
    push: (refspec = 'HEAD:refs/heads/main') => run('push', '--quiet', '--force', served, refspec),
    /** The source as the daemon has it; each is as after a restart. */
    source: (options: SourceOptions = {}) => {
      const address = parseRepositoryAddress(`file://${served}`, { allowFile: true });
      if ('problem' in address) throw new Error(address.problem);
      const place = options.directory ?? join(directory, 'state/.git-sources/voice');
      return new Repository({
        name: options.name ?? 'voice',
        store: new Store({ directory: place, git: options.git ?? git, leastFreeBytes: options.leastFreeBytes ?? 0 }),
        remote: {
          address,
          ref: options.ref ?? { kind: 'branch', name: 'main' },
          access: gitAccess({ address, directory: place }),
          timeoutMs: 120_000,
          history: 'full',
          maxBytes: 1024 * 1024 * 1024,
          ...options.remote,
        },
        rules: { verify: 'head', allowRewind: false, immutableTags: false, ...options.rules },
        lock: options.lock ?? (async () => ({ lost: never, release: async () => undefined })),
        plans: {
          ...(options.plansMaxBytes === undefined ? {} : { maxBytes: options.plansMaxBytes }),
          store: new Store({
            directory: join(place, 'plans'),
            git: options.git ?? git,
            leastFreeBytes: options.leastFreeBytes ?? 0,
          }),
          lock: options.lock ?? (async () => ({ lost: never, release: async () => undefined })),
        },
        applied: async () => applied,
        now: options.now ?? Date.now,
      });
    },
  };
}

/** What a killed fetch could have left in a stored repository. */
export function leavingsIn(repository: string): readonly string[] {
  const all = readdirSync(repository, { recursive: true }).map(String);
  return all.filter((name) => name.endsWith('.lock') || /(^|\/)(tmp_|incoming-)/.test(name));
}

/** Takes objects out of a stored repository. */
export async function lose(repository: string, ...ids: readonly string[]): Promise<void> {
  const packs = join(repository, 'objects/pack');
  for (const name of readdirSync(packs)) {
    if (!name.endsWith('.pack')) continue;
    const input = await readFile(join(packs, name));
    await rm(packs, { recursive: true });
    execFileSync('git', ['--git-dir', repository, 'unpack-objects', '-q'], { input });
  }
  for (const id of ids) await rm(join(repository, 'objects', id.slice(0, 2), id.slice(2)));
}
