// Reads the YAML files of a folder with the parser alone: what loading is compared with.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const [folder = '.'] = process.argv.slice(2);
const started = performance.now();
const values: unknown[] = [];
for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.yaml')) continue;
  for (const document of parseAllDocuments(readFileSync(join(folder, name), 'utf8'))) {
    if ('contents' in document) values.push(document.contents === null ? undefined : name);
  }
}
const loadMs = performance.now() - started;
process.stdout.write(JSON.stringify({ count: values.length, loadMs, peakKb: process.resourceUsage().maxRSS }));
