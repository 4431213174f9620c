import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { configJsonSchema } from '../../src/config/schema.ts';
import { load } from './load.ts';

function read(name: string): string {
  return readFileSync(new URL(`../../config/${name}`, import.meta.url), 'utf8');
}

test('the published schema is the one in the code', () => {
  expect(JSON.parse(read('config.schema.json'))).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
});

test('the example loads, and follows the published schema', () => {
  const text = read('vonage-gitops.example.yaml');

  const config = load({ text });

  const validate = new Ajv().compile(JSON.parse(read('config.schema.json')));
  expect(config.accounts.map(({ name }) => name)).toEqual(['main', 'staging']);
  expect(validate(parse(text)) ? [] : validate.errors).toEqual([]);
});

test('the example shows every key, and the schema says what each is for', () => {
  const text = read('vonage-gitops.example.yaml');

  const keys = keysOf(configJsonSchema());

  expect(keys.length).toBeGreaterThan(40);
  expect(keys.filter(({ key }) => !new RegExp(`\\b${key}:`).test(text))).toEqual([]);
  expect(keys.filter(({ described }) => !described)).toEqual([]);
});

/** Every key of the schema, at any depth; alternatives share their keys. */
function keysOf(schema: unknown): readonly { readonly key: string; readonly described: boolean }[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([word, inner]) => {
    if (word !== 'properties') return keysOf(inner);
    return Object.entries(inner).flatMap(([key, value]) => [{ key, described: isDescribed(value) }, ...keysOf(value)]);
  });
}

function isDescribed(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'description' in schema;
}
