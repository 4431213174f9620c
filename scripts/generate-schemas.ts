/** Writes the published JSON Schemas in config/ anew: npm run generate. A test keeps them equal to what the code says. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configJsonSchema } from '../src/config/schema.ts';
import { applicationJsonSchema } from '../src/core/manifest/schema.ts';
import { planJsonSchema, reportJsonSchema } from '../src/core/render/schema.ts';

const schemas = {
  application: applicationJsonSchema,
  config: configJsonSchema,
  plan: planJsonSchema,
  report: reportJsonSchema,
};

for (const [name, schema] of Object.entries(schemas)) {
  const file = join(import.meta.dirname, '..', 'config', `${name}.schema.json`);
  writeFileSync(file, `${JSON.stringify(schema(), null, 2)}\n`);
}
