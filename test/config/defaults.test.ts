import { expect, test } from 'vitest';
import { fileOfOneAccount } from '../../src/config/defaults.ts';
import { configSchema } from '../../src/config/schema.ts';

test('doing without a file is like having the smallest one', () => {
  const smallest = {
    apiVersion: 'vonage-gitops/v1',
    kind: 'Config',
    accounts: [{ name: 'default', manifests: 'applications' }],
  };

  const parsed = configSchema.parse(smallest);

  expect(fileOfOneAccount('applications')).toEqual(parsed);
});
