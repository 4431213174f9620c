// Reads the YAML files of a folder into values with the library alone, as anybody would: what loading is compared with. The values
// are kept, as a loader would have to.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { cpuMs } from './cpu-time.ts';

const [folder = '.'] = process.argv.slice(2);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
const started = cpuMs();
const values = files.flatMap((name) =>
  [...parseAllDocuments(readFileSync(join(folder, name), 'utf8'))].map((document): unknown => document.toJS()),
);
const loadMs = cpuMs() - started;
process.stdout.write(JSON.stringify({ count: values.length, loadMs, peakKb: process.resourceUsage().maxRSS }));
