import { defineConfig } from 'rolldown';

/** One folder of split chunks: a command loads only what it needs, so that `--help` starts as fast as an empty script. */
export default defineConfig({
  input: { main: 'src/main.ts' },
  platform: 'node',
  // Bundled CommonJS asks for them (write-file-atomic does); an ES module has none.
  transform: { define: { __filename: 'import.meta.filename', __dirname: 'import.meta.dirname' } },
  output: { dir: 'dist', format: 'esm', cleanDir: true, chunkFileNames: '[name]-[hash].js', minify: 'dce-only' },
});
