// Fetches a repository and loads its manifests as the daemon does, then loads and asks again with nothing changed. Wall times: git works in
// processes of its own.

import { join } from 'node:path';
import { parseRepositoryAddress } from '../src/core/git/repository-address.ts';
import { ManifestCache } from '../src/core/manifest/cache.ts';
import { defaultManifestOptions } from '../src/core/manifest/options.ts';
import { gitProgram } from '../src/git/program.ts';
import { defaultMaxFileBytes } from '../src/source/directory.ts';
import { gitAccess } from '../src/source/git/access.ts';
import { GitSource } from '../src/source/git/git-source.ts';
import { Repository } from '../src/source/git/repository.ts';
import { Store } from '../src/source/git/store.ts';

const [served = '', directory = ''] = process.argv.slice(2);
const address = parseRepositoryAddress(`file://${served}`, { allowFile: true });
if ('problem' in address) throw new Error(address.problem);
const git = gitProgram({ searchPath: process.env['PATH'], home: '/nonexistent' });
const lock = async () => ({ lost: new AbortController().signal, release: async () => undefined });
const open = () =>
  new Repository({
    name: 'bench',
    store: new Store({ directory, git }),
    remote: {
      address,
      ref: { kind: 'branch', name: 'main' },
      access: gitAccess({ address, directory }),
      timeoutMs: 600_000,
      history: 'full',
      maxBytes: 2 ** 31,
    },
    rules: { verify: 'head', allowRewind: true, immutableTags: false },
    lock,
    plans: { store: new Store({ directory: join(directory, 'plans'), git }), lock },
    applied: async () => [],
    now: Date.now,
  });
const sourceOf = (repository: Repository) =>
  new GitSource({
    repository,
    name: 'bench',
    path: 'apps',
    identity: 'git:bench//apps',
    exclude: [],
    maxFileBytes: defaultMaxFileBytes,
    manifests: defaultManifestOptions,
    cache: new ManifestCache(),
  });

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

const signal = new AbortController().signal;
const repository = open();
const firstMs = await timed(() => repository.refresh(signal));
const source = sourceOf(repository);
const loadMs = await timed(() => source.load());
const againMs = await timed(() => source.load());
const pollMs = await timed(() => repository.refresh(signal));
process.stdout.write(JSON.stringify({ firstMs, loadMs, againMs, pollMs }));
