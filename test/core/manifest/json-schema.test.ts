import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { knownCapabilities } from '../../../src/core/application/capabilities.ts';
import { applicationJsonSchema, expectedAt, membersAt } from '../../../src/core/manifest/schema.ts';

const published = readFileSync(new URL('../../../config/application.schema.json', import.meta.url), 'utf8');
const examples = new URL('../../../examples/quickstart/', import.meta.url);

test('the published JSON Schema is the one the program reads manifests with', () => {
  const generated = JSON.stringify(applicationJsonSchema());

  expect(JSON.stringify(JSON.parse(published))).toBe(generated);
});

test('the JSON Schema accepts the examples and rejects an unknown field', () => {
  const validate = new Ajv({ strict: false }).compile(JSON.parse(published));
  const documents = readdirSync(examples)
    .flatMap((path) => parseAllDocuments(readFileSync(new URL(path, examples), 'utf8')))
    .map((document) => document.toJS());

  expect(documents.map((document) => validate(document))).toEqual(documents.map(() => true));
  expect(validate({ ...documents[0], spec: { capabilities: { voise: {} } } })).toBe(false);
});

test.each(Object.entries(knownCapabilities))('the schema knows of %s what the catalog knows', (name, facts) => {
  const path = ['spec', 'capabilities', name];
  const hooks = Object.entries(facts.webhooks);
  const spellings = (members: readonly string[]) =>
    members.flatMap((member) => (member === 'connect_timeout' ? [member, 'connection_timeout'] : [member]));

  const members = membersAt(path);

  expect([...members].sort()).toEqual(
    [...Object.keys(facts.members), ...(hooks.length > 0 ? ['webhooks'] : [])].sort(),
  );
  for (const [member, inner] of Object.entries(facts.members)) {
    expect([...membersAt([...path, member])].sort()).toEqual([...inner].sort());
  }
  expect(hooks.length > 0 ? [...membersAt([...path, 'webhooks'])].sort() : []).toEqual(
    hooks.map(([hook]) => hook).sort(),
  );
  for (const [hook, { members: expected }] of hooks) {
    expect([...membersAt([...path, 'webhooks', hook])].sort()).toEqual([...spellings(expected)].sort());
  }
});

test('what is allowed is told for every place the schema knows', () => {
  expect(expectedAt(['metadata', 'labels', 'team'])).toBe('text');
  expect(expectedAt(['metadata', 'formerly', 0])).toBe('text');
  expect(expectedAt(['metadata', 'formerly', 'x', 'y'])).toBe('nothing');
  expect(expectedAt(['spec', 'toString'])).toBe('nothing');
});
