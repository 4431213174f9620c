import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatLedger, ledgerSchema, markAccount } from '../../src/ledger/ledger-format.ts';
import { parseLedger } from '../../src/ledger/parse-ledger.ts';
import { aFolder, aLedgerFile, anEntry } from './builders.ts';

const folder = new URL('../fixtures/formats/', import.meta.url);
const textOf = (version: number) => readFile(new URL(`ledger.v${version}.json`, folder), 'utf8');

function read(text: string) {
  const parsed = parseLedger(text);
  if (parsed.outcome !== 'read') throw new Error(JSON.stringify(parsed));
  return parsed;
}

describe('every format a ledger was ever written in', () => {
  test('has a fixture', async () => {
    const versions = Array.from({ length: ledgerSchema }, (_, index) => `ledger.v${index + 1}.json`);

    expect((await readdir(folder)).filter((name) => name.startsWith('ledger.'))).toEqual(versions);
  });

  test.each(Array.from({ length: ledgerSchema }, (_, index) => index + 1))('can be read: %i', async (version) => {
    const { document, schema } = read(await textOf(version));

    expect(schema).toBe(version);
    expect(document.ledger.entries.size).toBe(2);
    expect(document.ledger.serial).toBe(17);
  });

  test('format 1 becomes today’s with all it says: the last apply counts as the last write, and one response as no proof', async () => {
    const first = JSON.parse(await textOf(1));

    const { document } = read(await textOf(1));

    const today = JSON.parse(formatLedger(document));
    const entries = first.entries.map(
      ({ normalised, ...one }: { readonly appliedAt?: number; readonly normalised: readonly object[] }) => ({
        ...one,
        ...(one.appliedAt === undefined ? {} : { writtenAt: one.appliedAt }),
        normalised: [],
        unproven: normalised.map((known) => ({ ...known, writes: 1 })),
      }),
    );
    expect(today).toEqual({ ...first, schema: ledgerSchema, sources: [first.root], entries, deliveries: [] });
  });

  test('format 2 becomes today’s with all it says: the directory of the manifests is the source in effect', async () => {
    const second = JSON.parse(await textOf(2));

    const { document } = read(await textOf(2));

    expect(JSON.parse(formatLedger(document))).toEqual({
      ...second,
      schema: ledgerSchema,
      sources: ['/srv/applications'],
      deliveries: [],
    });
  });

  test('format 3 becomes today’s with all it says: no private key was delivered', async () => {
    const third = JSON.parse(await textOf(3));

    const { document } = read(await textOf(3));

    expect(JSON.parse(formatLedger(document))).toEqual({ ...third, schema: ledgerSchema, deliveries: [] });
  });

  test('a ledger of format 2 without a directory knows no source', async () => {
    const { document } = read((await textOf(2)).replace('"root": "/srv/applications",', ''));

    expect(document.ledger.sources).toEqual([]);
  });

  test('a member that format 2 does not have makes it corrupt', async () => {
    expect(parseLedger((await textOf(2)).replace('"root"', '"sources": [], "root"'))).toMatchObject({
      outcome: 'corrupt',
      reason: expect.stringContaining('sources'),
    });
  });

  test('today’s format is written as its fixture has it', async () => {
    const text = await textOf(ledgerSchema);

    expect(formatLedger(read(text).document)).toBe(text);
  });

  test.each([
    {
      title: 'a field that format 1 does not have',
      damage: (text: string) => text.replace('"paused"', '"writtenAt"'),
    },
    { title: 'an id that is none', damage: (text: string) => text.replace('00000001-0000', '../../0000') },
    { title: 'no entries', damage: (text: string) => text.replace('"entries"', '"entris"') },
  ])('of format 1 with $title is corrupt', async ({ damage }) => {
    expect(parseLedger(damage(await textOf(1)))).toMatchObject({
      outcome: 'corrupt',
      reason: expect.stringMatching(/\w/),
    });
  });
});

test('the first write of a newer format keeps the ledger as the earlier program wrote it', async () => {
  const state = await aFolder();
  const { salt, hash } = markAccount('abcd1234', 'api.nexmo.com');
  const first = (await textOf(1)).replace(/"salt":"[^"]*","hash":"[^"]*"/, `"salt":"${salt}","hash":"${hash}"`);
  await mkdir(join(state, 'main'));
  await writeFile(join(state, 'main', 'ledger.json'), first);
  const file = aLedgerFile(state);
  const before = await file.load();

  expect(await readdir(join(state, 'main'))).toEqual(['ledger.json']);
  await file.record([{ kind: 'entry', entry: anEntry(7) }], { durable: true });
  await file.record([{ kind: 'entry', entry: anEntry(8) }], { durable: true });

  expect(await readFile(join(state, 'main', 'ledger.v1.json'), 'utf8')).toBe(first);
  const after = await aLedgerFile(state).load();
  expect([...after.entries.keys()]).toEqual(expect.arrayContaining([...before.entries.keys()]));
  expect(after.intents).toEqual(before.intents);
});
