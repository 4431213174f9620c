import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Consent } from '../../src/ledger/consent.ts';
import { aFolder } from './builders.ts';

async function anAccount() {
  const directory = join(await aFolder(), 'main');
  const consentFor = (apiKey: string, host = 'api.nexmo.com') => new Consent({ directory, apiKey, host });
  return { directory, consentFor };
}

test('consent that an earlier version wrote holds for the account it was given for, until it is spent', async () => {
  const { directory, consentFor } = await anAccount();
  expect(await consentFor('abcd1234').isGiven()).toBe(false);
  await mkdir(directory);
  await writeFile(
    join(directory, 'adopt.json'),
    await readFile(new URL('../fixtures/formats/consent.v1.json', import.meta.url)),
  );

  expect(await consentFor('abcd1234').isGiven()).toBe(true);
  expect(await consentFor('other').isGiven()).toBe(false);
  expect(await consentFor('abcd1234', 'api.example.com').isGiven()).toBe(false);
  await consentFor('abcd1234').spend();
  await consentFor('abcd1234').spend();
  expect(await consentFor('abcd1234').isGiven()).toBe(false);
  expect(await readdir(directory)).toEqual([]);
});

test.each(['', '{}', 'yes', '{"format":"vonage-gitops.consent/2"}'])(
  'what is not understood is no consent: %s',
  async (text) => {
    const { directory, consentFor } = await anAccount();
    await mkdir(directory);
    await writeFile(join(directory, 'adopt.json'), text);

    expect(await consentFor('abcd1234').isGiven()).toBe(false);
  },
);

test('a directory that cannot be used is an error', async () => {
  const { directory, consentFor } = await anAccount();
  await writeFile(directory, 'a file');

  await expect(consentFor('abcd1234').spend()).rejects.toMatchObject({ code: 'E_STATE_UNUSABLE' });
});
