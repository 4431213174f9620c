import { join } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';

/** Parts of the HTTP library for HTTP/2, a cache and a DNS cache, and of the log for threads: nothing of ours ever asks for them. */
const unused = ['http2-wrapper', 'cacheable-request', 'cacheable-lookup', 'thread-stream'];

/** Stands for a part that is left out; whoever uses it after all is told so. The HTTP library tells errors of its cache by CacheError. */
const unusedPart = `
export default class UnusedPart {
  constructor() {
    throw new Error('this part of a library is left out of the bundle: see rolldown.config.ts');
  }
}
export class CacheError extends Error {}
`;

/** Leaves out what is unused: also what the command line library starts other programs with, which it would load at every start. */
const leaveOutUnused: Plugin = {
  name: 'leave-out-unused',
  resolveId: (id, importer) => {
    const isProgramStarter = id === 'node:child_process' && importer?.includes(join('commander', 'lib'));
    return isProgramStarter || unused.includes(id) ? '\0unused-part' : undefined;
  },
  load: (id) => (id === '\0unused-part' ? unusedPart : undefined),
};

/** A library makes two list formats that only its error messages need, and with them loads the languages' data: at use is soon enough. */
const laterListFormats: Plugin = {
  name: 'later-list-formats',
  transform: (code, id) =>
    id.includes('@sindresorhus/is')
      ? code.replace(/new Intl\.ListFormat\([^)]*\)/g, (made) => `{ format: (list) => ${made}.format(list) }`)
      : undefined,
};

/**
 * One folder of split chunks: a command loads only what it needs, so that `--help` starts as fast as an empty script. Minified, because
 * Node 20 compiles every file afresh at each start. CommonJS, because each file, and each part of Node.js, that is imported as an ES
 * module costs a start a fraction of a millisecond, and there are dozens.
 */
export default defineConfig({
  input: { main: 'src/main.ts' },
  platform: 'node',
  resolve: {
    // The same library as ES modules: only what is used of it is bundled, and in one scope instead of seventy.
    alias: { yaml: join(import.meta.dirname, 'node_modules', 'yaml', 'browser', 'dist', 'index.js') },
  },
  plugins: [leaveOutUnused, laterListFormats],
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
