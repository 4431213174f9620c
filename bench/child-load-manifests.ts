// Loads and validates the manifests of a directory as the commands do, then again with nothing changed.
import { ManifestCache } from '../src/core/manifest/cache.ts';
import { defaultManifestOptions } from '../src/core/manifest/options.ts';
import { DirectorySource, defaultMaxFileBytes } from '../src/source/directory.ts';
import { cpuMs } from './cpu-time.ts';

const [root = '.'] = process.argv.slice(2);
const source = new DirectorySource({
  root,
  exclude: [],
  maxFileBytes: defaultMaxFileBytes,
  manifests: defaultManifestOptions,
  cache: new ManifestCache(),
});
const startedAt = performance.now();
const started = cpuMs();
const { manifests, problems } = await source.load();
const loadMs = cpuMs() - started;
const loadWallMs = performance.now() - startedAt;
const peakKb = process.resourceUsage().maxRSS;
if (problems.length > 0) throw new Error(problems[0]?.message);
const againAt = performance.now();
const again = cpuMs();
await source.load();
const againMs = cpuMs() - again;
const againWallMs = performance.now() - againAt;
process.stdout.write(JSON.stringify({ count: manifests.length, loadMs, againMs, loadWallMs, againWallMs, peakKb }));
