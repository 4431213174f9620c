import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../src/core/errors.ts';
import { parseRepositoryAddress } from '../../../src/core/git/repository-address.ts';
import { gitProgram } from '../../../src/git/program.ts';
import { acquireLock } from '../../../src/lock/lock.ts';
import { gitAccess } from '../../../src/source/git/access.ts';
import { Repository } from '../../../src/source/git/repository.ts';
import { Store } from '../../../src/source/git/store.ts';

/**
 * A process that refreshes a source by the real lock, and says what it does: `fetching`, then how it ended. It says `beside another` when
 * somebody else fetches into the store at the same time.
 */
const [url = '', directory = '', commit = ''] = process.argv.slice(2);
const say = (word: string): void => void process.stdout.write(`${word}\n`);
const clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  sleep: (ms: number, signal?: AbortSignal) => sleep(ms, undefined, { signal }),
};
const git = gitProgram({ searchPath: process.env['PATH'], home: '/nonexistent' });
const address = parseRepositoryAddress(url, { allowFile: true });
if ('problem' in address) throw new Error(address.problem);
const critical = join(directory, 'critical');
const lock = (signal: AbortSignal) =>
  acquireLock({ directory, kind: 'writer', waitMs: Number.POSITIVE_INFINITY, clock, signal });
const repository = new Repository({
  name: 'voice',
  store: new Store({
    directory,
    leastFreeBytes: 0,
    git: async (parameters, run) => {
      if (!parameters.includes('fetch')) return git(parameters, run);
      say('fetching');
      await mkdir(critical).catch(() => say('beside another'));
      const end = await git(parameters, run);
      await rmdir(critical);
      return end;
    },
  }),
  remote: {
    address,
    ref: commit === '' ? { kind: 'branch', name: 'main' } : { kind: 'commit', id: commit },
    access: gitAccess({ address, directory }),
    timeoutMs: 120_000,
    history: 'full',
    maxBytes: 1024 * 1024 * 1024,
  },
  rules: { verify: 'head', allowRewind: false, immutableTags: false },
  lock,
  plans: { store: new Store({ directory: join(directory, 'plans'), git }), lock },
  applied: async () => [],
  now: Date.now,
});
try {
  const refreshed = await repository.refresh(new AbortController().signal);
  say(refreshed.result === 'accepted' ? `accepted ${refreshed.commit.id}` : JSON.stringify(refreshed));
} catch (error) {
  say(messageOf(error));
}
