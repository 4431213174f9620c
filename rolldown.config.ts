import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';
import type { Dependency, Options } from 'rollup-plugin-license';
import { billOfMaterials, noticesOf } from './scripts/notices.ts';

/**
 * Parts of libraries that nothing of ours ever asks for, by the library that loads them: of the HTTP library a cache, a DNS cache and HTTP/2,
 * which it would load at every start; of the log its threads, files and redaction, for it is given what it writes to and what takes secrets
 * out; of the metrics other processes and traces; of the server forms, other servers and WebSockets; of the command line, starting other
 * programs; of the checks making JSON Schemas, which are published as files.
 */
const unused: Readonly<Record<string, readonly string[]>> = {
  '@hono/node-server': ['hono/ws'],
  '@prometheus-io/client': [
    './lib/cluster',
    './lib/pushgateway',
    './lib/summary',
    './lib/worker',
    '@opentelemetry/api',
  ],
  commander: ['node:child_process'],
  got: ['./utils/dns-cache.js', './utils/http2-client.js', 'cacheable-request', 'node:http2'],
  hono: ['./utils/body.js', './utils/mount.js'],
  pino: [
    './lib/multistream',
    './lib/redaction',
    './lib/transport',
    './redaction',
    './transport',
    'safe-stable-stringify',
    'sonic-boom',
  ],
  'pino-std-serializers': ['./lib/req', './lib/res'],
  zod: ['../core/json-schema-processors.js', '../core/to-json-schema.js'],
};

/** Stands for a part that is left out; whoever uses it after all is told so. Libraries ask whether things are of these classes. */
const unusedPart = `
class UnusedPart {
  constructor() {
    throw new Error('this part of a library is left out of the bundle: see rolldown.config.ts');
  }
}
module.exports = UnusedPart;
module.exports.CacheError = class extends Error {};
module.exports.Http2ServerResponse = class {};
module.exports.configure = () => JSON.stringify;
module.exports.constants = {};
module.exports.createMountedRequest = UnusedPart;
module.exports.createStandardJSONSchemaMethod = () => UnusedPart;
module.exports.createToJSONSchemaMethod = () => UnusedPart;
module.exports.defineWebSocketHelper = () => UnusedPart;
module.exports.parseBody = () => new UnusedPart();
`;

/**
 * The directory of this build, by what it is built from. A process that outlives the replacement of its package must find no file rather than one
 * of another version. That is said once here, and not in the name of each of the files, which name one another a thousand times.
 */
const build = createHash('sha256')
  .update(
    globSync(['src/**/*.ts', 'package-lock.json', 'package.json', 'rolldown.config.ts'], { cwd: import.meta.dirname })
      .toSorted()
      .map((file) => `${file}\n${readFileSync(join(import.meta.dirname, file), 'utf8')}`)
      .join('\n'),
  )
  .digest('hex')
  .slice(0, 10);

/** A default metric that needs a library of quantiles, twice the size of all others together: nothing is measured in its place. */
const unusedMetric = './metrics/eventLoopUtilization';

/** Leaves out what is unused. */
const leaveOutUnused: Plugin = {
  name: 'leave-out-unused',
  resolveId: (id, importer) => {
    const [, library = ''] = /.*node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(importer ?? '') ?? [];
    if (id === unusedMetric) return '\0unused-metric';
    return unused[library]?.includes(id) ? '\0unused-part' : undefined;
  },
  load: (id) => {
    if (id === '\0unused-metric') return 'module.exports = () => {};';
    return id === '\0unused-part' ? unusedPart : undefined;
  },
};

/** Schemas whose every text that ends as a sentence does is one for the JSON Schema. */
const describedByArguments = /[\\/]core[\\/]manifest[\\/]schema(?:-capabilities|-parts)?\.ts$/;
const text = String.raw`'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"`;
const described = new RegExp(String.raw`\.describe\(\s*(?:${text}|\`[^\`]*\`),?\s*\)`, 'g');
const sentence = /'[A-Z][^'\n]* [^'\n]*\.'|"[A-Z][^"\n]* [^"\n]*\."/g;

/** Texts for the JSON Schemas, which are published as files: making a schema once more for its text is a good part of what schemas cost a start. */
const leaveOutDescriptions: Plugin = {
  name: 'leave-out-descriptions',
  transform: (code, id) => {
    if (describedByArguments.test(id)) return { code: code.replace(sentence, "''"), map: { mappings: '' } };
    if (!/[\\/]src[\\/].*\.ts$/.test(id) || !code.includes('.describe(')) return undefined;
    return { code: code.replace(described, ''), map: { mappings: '' } };
  },
};

/**
 * The file that is started: old syntax that checks the version of Node.js and only then loads the program. npm makes it executable at the
 * first install only, so it is written so.
 */
const launcher: Plugin = {
  name: 'launcher',
  generateBundle() {
    const check = readFileSync(join(import.meta.dirname, 'scripts', 'need-node.cjs'), 'utf8');
    const start = `// What follows is reached only where Node.js is new enough.\nrequire('./${build}/program.cjs');\n`;
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

/** What a file has for others is said once for the file, and not in a call for each of hundreds of names. */
const exportsAtOnce: Plugin = {
  name: 'exports-at-once',
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== 'chunk') continue;
      const one = String.raw`Object\.defineProperty\(exports,"(\w+)",\{enumerable:!0,get:function\(\)\{return ([\w$]+)\}\}\)`;
      chunk.code = chunk.code.replace(new RegExp(`${one}(,${one})*;`, 'g'), (all) => {
        const getters = [...all.matchAll(new RegExp(one, 'g'))].map(([, name, value]) => `${name}:{get:()=>${value}}`);
        return `Object.defineProperties(exports,{${getters.join(',')}});`;
      });
    }
  },
};

/** Where a library would use more of what nothing of ours ever asks for, in a file that has also what is used: the call, and what stands for it. */
const unusedCalls: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'hono/dist/hono.js': {
    'options.router ?? new SmartRouter({ routers: [new RegExpRouter(), new TrieRouter()] })': 'options.router',
  },
  '@hono/node-server/dist/index.mjs': {
    'if (options.websocket && options.websocket.server)': 'if (false)',
    'const upgradeWebSocket = defineWebSocketHelper(':
      'const upgradeWebSocket = /* @__PURE__ */ defineWebSocketHelper(',
  },
  'node-cron/dist/node-cron.js': {
    'new BackgroundScheduledTask(expression, taskPath, options)': 'undefined',
    "const daemonPath = resolve(dirname(fileURLToPath(import.meta.url)), 'daemon.js');": '',
    'const moduleFilename = fileURLToPath(import.meta.url);': '',
  },
};

/** Leaves out what only unused calls ask for: a choice of routers, WebSockets, and tasks of the calendar that run in other processes. */
const leaveOutUnusedCalls: Plugin = {
  name: 'leave-out-unused-calls',
  transform: (code, id) => {
    const [, calls] = Object.entries(unusedCalls).find(([file]) => id.endsWith(join('node_modules', file))) ?? [];
    if (calls === undefined) return undefined;
    for (const call of Object.keys(calls)) if (!code.includes(call)) throw new Error(`${id} no longer has: ${call}`);
    const used = Object.entries(calls).reduce((text, [call, other]) => text.replace(call, other), code);
    return { code: used, map: { mappings: '' } };
  },
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

/** What the HTTP library asks of its values. Of all else that can be asked, which is most of that library, nothing is bundled. */
const askedOfValues: ReadonlySet<string> = new Set(
  globSync(join(import.meta.dirname, 'node_modules', 'got', 'dist', 'source', '**', '*.js')).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\b(?:is|assert)\.(\w+)/g)].map(([, name = '']) => name),
  ),
);

/** Leaves what is never asked out of the two objects that hold everything that can be asked. */
const leaveOutUnasked: Plugin = {
  name: 'leave-out-unasked',
  transform: (code, id) => {
    if (!id.endsWith(join('@sindresorhus', 'is', 'distribution', 'index.js'))) return undefined;
    const objects = /^(?:const is = Object\.assign\(detect, |export const assert = )\{\n(?:.*\n)*?\}/gm;
    const asked = code.replace(objects, (object) =>
      object.replace(/^ {4}(\w+): \w+,?\n/gm, (line, name: string) => (askedOfValues.has(name) ? line : '')),
    );
    return { code: asked, map: { mappings: '' } };
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
  plugins: [
    leaveOutUnused,
    leaveOutUnusedCalls,
    leaveOutDescriptions,
    leaveOutUnasked,
    commitOfBuild,
    laterTables,
    exportsAtOnce,
    launcher,
    licenses,
    notices,
  ],
  output: {
    dir: 'dist',
    format: 'cjs',
    cleanDir: true,
    entryFileNames: `${build}/[name].cjs`,
    chunkFileNames: `${build}/[name].cjs`,
    minify: true,
    comments: false,
  },
});
