import { type Watcher, type WatchOptions, watchManifests } from './watch.ts';

/** Watches the directories of all layers. A change is told once, whichever of them noticed it. */
export async function watchLayers(
  roots: readonly string[],
  options: Omit<WatchOptions, 'root'>,
): Promise<Pick<Watcher, 'close'>> {
  const [root, ...others] = roots;
  if (root !== undefined && others.length === 0) return watchManifests({ ...options, root });
  const start = await options.fingerprint(new AbortController().signal);
  let told = start;
  const watchers: Watcher[] = [];
  for (const layer of roots) {
    let seen = start;
    let isFirst = true;
    // All begin with the same contents: what changes while the next is set up is a change to it.
    const fingerprint = async (signal: AbortSignal) => {
      if (!isFirst) seen = await options.fingerprint(signal);
      isFirst = false;
      return seen;
    };
    const onChange = () => {
      if (seen === told) return;
      told = seen;
      options.onChange();
    };
    watchers.push(await watchManifests({ ...options, root: layer, fingerprint, onChange }));
  }
  return { close: async () => void (await Promise.all(watchers.map((watcher) => watcher.close()))) };
}
