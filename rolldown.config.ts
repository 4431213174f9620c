import { join } from 'node:path';
import { defineConfig } from 'rolldown';

/** Parts of the HTTP library for HTTP/2, a cache and a DNS cache, and of the log for threads: nothing of ours ever asks for them. */
const unused = ['http2-wrapper', 'cacheable-request', 'cacheable-lookup', 'thread-stream'];
const nothing = join(import.meta.dirname, 'scripts', 'unused-part.mjs');

/** A library makes two list formats that only its error messages need, and with them loads the languages' data: at use is soon enough. */
const laterListFormats = {
  name: 'later-list-formats',
  transform: (code: string, id: string) =>
    id.includes('@sindresorhus/is')
      ? code.replace(/new Intl\.ListFormat\([^)]*\)/g, (made) => `{ format: (list) => ${made}.format(list) }`)
      : undefined,
};

/**
 * One folder of split chunks: a command loads only what it needs, so that `--help` starts as fast as an empty script. Minified, because
 * Node 20 compiles every file afresh at each start.
 */
export default defineConfig({
  input: { main: 'src/main.ts' },
  platform: 'node',
  // Bundled CommonJS asks for them (write-file-atomic does, when it writes); an ES module has none.
  transform: { define: { __filename: 'import.meta.filename', __dirname: 'import.meta.dirname' } },
  resolve: { alias: Object.fromEntries(unused.map((name) => [name, nothing])) },
  plugins: [laterListFormats],
  output: {
    dir: 'dist',
    format: 'esm',
    cleanDir: true,
    chunkFileNames: '[name]-[hash].js',
    minify: true,
  },
});
