import { expect, test } from 'vitest';
import { fingerprintsOf, withKeys } from '../../src/reconcile/listing.ts';
import { anApplication } from '../builders.ts';
import { FakeAccount } from './fake-account.ts';

test('an application that is gone before its keys could be read stays as the listing showed it', async () => {
  const account = new FakeAccount();
  const { keys: _, ...body } = anApplication({ name: 'Support' }).body;
  const listed = { ...anApplication({ name: 'Support' }), body };

  expect(await withKeys([listed], account.ports.api, undefined)).toEqual([listed]);
});

test('an application that shows no key has no fingerprint', () => {
  const { keys: _, ...body } = anApplication({ name: 'Support' }).body;

  expect(fingerprintsOf([{ ...anApplication({ name: 'Support' }), body }]).size).toBe(0);
});
