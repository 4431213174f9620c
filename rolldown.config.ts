import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';
import type { Dependency, Options } from 'rollup-plugin-license';
import { billOfMaterials, noticesOf } from './scripts/notices.ts';

/**
 * Parts of the HTTP library for a cache, a DNS cache and HTTP/2, of the log for threads, and of the metrics for traces: nothing of ours ever
 * asks for them.
 */
const unused = [
  'cacheable-request',
  'thread-stream',
  './utils/dns-cache.js',
  './utils/http2-client.js',
  '@opentelemetry/api',
];

/** Stands for a part that is left out; whoever uses it after all is told so. The HTTP library asks whether things are of these classes. */
const unusedPart = `
export default class UnusedPart {
  constructor() {
    throw new Error('this part of a library is left out of the bundle: see rolldown.config.ts');
  }
}
export class CacheError extends Error {}
export class Http2ServerResponse {}
export const constants = {};
`;

/**
 * Leaves out what is unused: also HTTP/2, which the HTTP library would load at every start, and what the command line library starts
 * other programs with.
 */
const leaveOutUnused: Plugin = {
  name: 'leave-out-unused',
  resolveId: (id, importer) => {
    const isIn = (directory: string): boolean => importer?.includes(join('node_modules', directory)) ?? false;
    const isProgramStarter = id === 'node:child_process' && isIn('commander');
    const isHttp2 = id === 'node:http2' && isIn('got');
    return isProgramStarter || isHttp2 || unused.includes(id) ? '\0unused-part' : undefined;
  },
  load: (id) => (id === '\0unused-part' ? unusedPart : undefined),
};

/**
 * The file that is started: old syntax that checks the version of Node.js and only then loads the program. npm makes it executable at the
 * first install only, so it is written so.
 */
const launcher: Plugin = {
  name: 'launcher',
  generateBundle() {
    const [check, start] = ['need-node.cjs', 'launch.cjs'].map((name) =>
      readFileSync(join(import.meta.dirname, 'scripts', name), 'utf8'),
    );
    this.emitFile({ type: 'asset', fileName: 'main.cjs', source: `#!/usr/bin/env node\n${check}${start}` });
  },
  writeBundle: ({ dir = 'dist' }) => chmodSync(join(dir, 'main.cjs'), 0o755),
};

// A CommonJS module whose types say that it is an ES module.
const license: (options: Options) => Plugin = createRequire(import.meta.url)('rollup-plugin-license');
let bundled: readonly Dependency[] = [];

const licenses: Plugin = license({
  thirdParty: {
    output: (dependencies) => {
      bundled = dependencies;
    },
  },
});

/** The licenses of what is in the bundle, and its bill of materials, beside it. */
const notices: Plugin = {
  name: 'notices',
  writeBundle: ({ dir = 'dist' }) => {
    writeFileSync(join(dir, 'THIRD-PARTY-NOTICES.txt'), noticesOf(bundled));
    writeFileSync(join(dir, 'sbom.cdx.json'), billOfMaterials(bundled));
  },
};

/** What the source does not know: the commit, which only a checkout or whoever builds an image can tell. */
const commitOfBuild: Plugin = {
  name: 'commit-of-build',
  load: (id) =>
    id.endsWith(join('src', 'app', 'commit.ts')) ? `export const commit = ${JSON.stringify(commitOf())};` : undefined,
};

function commitOf(): string | undefined {
  try {
    const git = ['-C', import.meta.dirname, 'rev-parse', 'HEAD'];
    return process.env['SOURCE_COMMIT'] || execFileSync('git', git, { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return undefined; // not a checkout, or no git
  }
}

/** Stands for a regular expression until it is used. */
const laterExpression = `
function later(make) {
  let made;
  const expression = () => (made ??= make());
  return {
    exec: (text) => expression().exec(text),
    test: (text) => expression().test(text),
    [Symbol.search]: (text) => text.search(expression()),
  };
}
`;

/**
 * Two libraries make, when they are loaded, what few commands need, and what takes a start 20 ms: objects of Intl with the languages' data,
 * and expressions with all emoji. At use is soon enough.
 */
const laterTables: Plugin = {
  name: 'later-tables',
  transform: (code, id) => {
    if (!/@sindresorhus.is|string-width/.test(id)) return undefined;
    const later = code
      .replace(/new Intl\.ListFormat\([^)]*\)/g, (made) => `{ format: (list) => ${made}.format(list) }`)
      .replace('new Intl.Segmenter()', '{ segment: (text) => new Intl.Segmenter().segment(text) }')
      .replace(/^const (\w+Regex) = \/(.+)\/v;$/gm, "const $1 = new RegExp(String.raw`$2`, 'v');")
      .replace(/^const (\w+Regex) = (.+);$/gm, 'const $1 = later(() => $2);');
    return { code: later + laterExpression, map: { mappings: '' } };
  },
};

/**
 * One directory of split chunks: a command loads only what it needs, so that `--help` starts as fast as an empty script. Minified, because
 * Node.js compiles every file afresh at each start. CommonJS, because each file, and each part of Node.js, that is imported as an ES
 * module costs a start a fraction of a millisecond, and there are dozens.
 */
export default defineConfig({
  input: { program: 'src/main.ts' },
  platform: 'node',
  resolve: {
    // The same library as ES modules: only what is used of it is bundled, and in one scope instead of seventy.
    alias: { yaml: join(import.meta.dirname, 'node_modules', 'yaml', 'browser', 'dist', 'index.js') },
  },
  plugins: [leaveOutUnused, commitOfBuild, laterTables, launcher, licenses, notices],
  output: {
    dir: 'dist',
    format: 'cjs',
    cleanDir: true,
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    minify: true,
    sourcemap: true,
  },
});
