// Reads the YAML files of a directory with the parser alone: what loading is compared with. Only reading and parsing count towards the
// time; the values are kept as a loader would have to, and count towards the memory.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { cpuMs } from './cpu-time.ts';

const [directory = '.'] = process.argv.slice(2);
const values: unknown[] = [];
let loadMs = 0;
for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.yaml')) continue;
  const started = cpuMs();
  const documents = parseAllDocuments(readFileSync(join(directory, name), 'utf8'));
  loadMs += cpuMs() - started;
  for (const document of documents) if ('contents' in document) values.push(document.toJS());
}
process.stdout.write(JSON.stringify({ count: values.length, loadMs, peakKb: process.resourceUsage().maxRSS }));
