import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { reportSchema } from '../../src/core/documents/report-schema.ts';
import { parseSavedPlan } from '../../src/core/plan/saved-plan.ts';
import { parseOwners } from '../../src/keys/key-index-format.ts';
import { pausesSchema } from '../../src/pass/pauses-schema.ts';
import { parseForm } from '../../src/source/last-good-form.ts';

const textOf = (file: string) => readFile(new URL(`../fixtures/formats/${file}`, import.meta.url), 'utf8');

describe('files that version 0.1 wrote are read', () => {
  test('a saved plan', async () => {
    const plan = parseSavedPlan(await textOf('plan.v2.json'));

    expect(plan.changes).toMatchObject([{ action: 'create', name: 'Support line' }]);
  });

  test('a report', async () => {
    expect(reportSchema.parse(JSON.parse(await textOf('report.v2.json'))).results).toMatchObject([
      { outcome: 'applied', name: 'Support line' },
    ]);
  });

  test('pauses', async () => {
    expect(pausesSchema.parse(JSON.parse(await textOf('pauses.v1.json')))).toStrictEqual({
      applications: { 'Support line': { reason: 'INC-42', since: 1_795_779_009_269 } },
    });
  });

  test('a manifest’s last good form', async () => {
    expect(parseForm(await textOf('last-good.v2.json'))).toMatchObject({
      file: 'base/support.yaml',
      documents: [{ file: 'base/support.yaml' }, { file: 'overlays/prod/support.yaml' }],
    });
  });

  test('a manifest’s last good form of format 1, which knew one layer', async () => {
    const { text, ...rest } = JSON.parse(await textOf('last-good.v1.json'));

    const form = parseForm(JSON.stringify({ ...rest, text }));

    expect(form).toEqual({
      ...rest,
      format: 'vonage-gitops.last-good/2',
      documents: [{ file: 'support.yaml', text }],
    });
  });

  test('the index of keys', async () => {
    expect([...(parseOwners(await textOf('key-index.v1.json'))?.values() ?? [])]).toMatchObject([
      { name: 'Support line', id: '3cdf3c08-54a8-4e67-ba19-16f9073fbd6f' },
    ]);
  });
});

test('a saved plan of format 1 is refused, with the command that makes a new one', async () => {
  const text = await textOf('plan.v1.json');

  expect(() => parseSavedPlan(text, 'plan.json')).toThrow(
    'plan.json: not a plan this version can apply: its format is "vonage-gitops.plan/1", not "vonage-gitops.plan/2". Create a new one with plan --out FILE',
  );
});

test('a saved plan with fields that a later version of the format added is read, and they are left out', async () => {
  const later = { ...JSON.parse(await textOf('plan.v2.json')), added: { later: true } };

  expect(parseSavedPlan(JSON.stringify(later))).not.toHaveProperty('added');
});
