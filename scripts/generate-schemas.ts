/** Writes the published JSON Schemas in config/ anew: npm run generate. A test keeps them equal to what the code says. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configJsonSchema } from '../src/config/schema.ts';
import { reportJsonSchema } from '../src/core/documents/report-schema.ts';
import { patchJsonSchema } from '../src/core/layers/patch-json-schema.ts';
import { applicationJsonSchema } from '../src/core/manifest/schema.ts';
import { planJsonSchema } from '../src/core/render/schema.ts';

const schemas = {
  application: applicationJsonSchema,
  patch: () => patchJsonSchema(JSON.parse(JSON.stringify(applicationJsonSchema()))),
  config: configJsonSchema,
  plan: planJsonSchema,
  report: reportJsonSchema,
};

for (const [name, schema] of Object.entries(schemas)) {
  const file = join(import.meta.dirname, '..', 'config', `${name}.schema.json`);
  writeFileSync(file, `${inLines(schema())}\n`);
}

/** JSON with as much in a line as fits, without indentation: every package holds it. `vonage-gitops schema` prints it for reading. */
function inLines(value: unknown): string {
  const line = JSON.stringify(value);
  if (line.length <= 120 || typeof value !== 'object' || value === null) return line;
  if (Array.isArray(value)) return `[\n${value.map(inLines).join(',\n')}\n]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{\n${members.map(([key, member]) => `${JSON.stringify(key)}:${inLines(member)}`).join(',\n')}\n}`;
}
