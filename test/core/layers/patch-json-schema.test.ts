import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { patchJsonSchema } from '../../../src/core/layers/patch-json-schema.ts';
import { applicationJsonSchema } from '../../../src/core/manifest/schema.ts';
import { anId } from '../../builders.ts';
import { patchText } from './builders.ts';

const root = join(import.meta.dirname, '../../..');
const published = readFileSync(join(root, 'config/patch.schema.json'), 'utf8');
const validate = new Ajv({ strict: false }).compile(JSON.parse(published));
const isValid = (text: string) => validate(parse(text));

test('the published JSON Schema of patches follows from that of manifests', () => {
  expect(JSON.parse(published)).toEqual(patchJsonSchema(JSON.parse(JSON.stringify(applicationJsonSchema()))));
});

test('it accepts the patches of the example', () => {
  const texts = globSync('examples/environments/overlays/**/*.yaml', { cwd: root })
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .filter((text) => text.includes('kind: ApplicationPatch'));

  expect(texts).toHaveLength(2);
  expect(texts.map(isValid)).toEqual([true, true]);
});

test.each([
  { title: 'nothing but a name', text: patchText('name: A') },
  { title: 'every kind of value', text: patchText(`name: A\nid: ${anId(1)}\nformerly: [B]\nlabels: { a: b }`) },
  {
    title: 'a part of a webhook',
    text: patchText('name: A', 'capabilities: { voice: { webhooks: { answer_url: { http_method: GET } } } }'),
  },
  { title: 'null for a label', text: patchText('name: A\nlabels: { a: null }') },
  { title: 'null for one of several texts', text: patchText('name: A', 'capabilities: { voice: { region: null } }') },
  { title: 'null for a capability', text: patchText('name: A', 'capabilities: { voice: null }') },
])('it accepts $title', ({ text }) => {
  expect([isValid(text), validate.errors]).toEqual([true, null]);
});

test.each([
  { title: 'no name', text: patchText('labels: {}') },
  { title: 'null for the name', text: patchText('name: null') },
  { title: 'an unknown field', text: patchText('name: A', 'capabilities: { voise: null }') },
  { title: 'a value that is not allowed', text: patchText('name: A', 'capabilities: { voice: { region: nowhere } }') },
  { title: 'null in a list', text: patchText('name: A\nformerly: [null]') },
  { title: 'a manifest', text: patchText('name: A').replace('ApplicationPatch', 'Application') },
])('it refuses $title', ({ text }) => {
  expect(isValid(text)).toBe(false);
});
