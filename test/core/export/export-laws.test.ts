import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import type { Application } from '../../../src/core/application/application.ts';
import { canonical } from '../../../src/core/application/canonical.ts';
import { type AccountExport, exportAccount } from '../../../src/core/export/export-account.ts';
import { FileNames } from '../../../src/core/export/file-names.ts';
import { ManifestMaker } from '../../../src/core/export/manifest-maker.ts';
import type { ExistingManifest } from '../../../src/core/export/match-manifests.ts';
import { SecretNames } from '../../../src/core/export/secret-names.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../src/core/json.ts';
import { defaultManifestOptions, type ManifestOptions } from '../../../src/core/manifest/options.ts';
import { parseManifests } from '../../../src/core/manifest/parse.ts';
import type { Policy } from '../../../src/core/plan/policy.ts';
import { aLedger, anApplication, anEntry } from '../../builders.ts';
import { planOf } from '../plan-of.ts';
import { documentedSpec, secretMark, someApplications } from './arbitrary-applications.ts';

const numRuns = 1000;

const choices = fc.record({
  withIds: fc.boolean(),
  withKeys: fc.boolean(),
  isAhead: fc.boolean(),
  passthroughCapabilities: fc.constantFrom<readonly string[]>([], ['holograms'], ['voice', 'holograms']),
});

type Choices = Pick<Parameters<typeof exportAccount>[0], 'withIds' | 'withKeys' | 'passthroughCapabilities'> & {
  /** Whether manifests are made while the listing goes on. */
  readonly isAhead: boolean;
};

function exported(applications: readonly Application[], given: Choices): AccountExport<ExistingManifest> {
  const options = { ...given, manifests: [], only: [], nameSuffix: '', scopeNames: [], secrets: [] };
  const maker = new ManifestMaker(options);
  if (given.isAhead) maker.makeAhead(applications);
  return exportAccount({
    ...options,
    maker,
    applications,
    owned: aLedger(),
    notesOn: () => [],
    files: new FileNames([]),
    names: new SecretNames([]),
  });
}

/** What a person sets for a manifest: the values at Vonage that its placeholders stand for. */
function valuesFor(text: string, live: JsonObject): readonly (readonly [name: string, value: string])[] {
  const { spec }: { spec: JsonObject } = parseDocument(text, { schema: 'core' }).toJS();
  return [...pairs(spec, live)].flatMap(([written, value]) => {
    const names: string[] = [];
    const parts = written.split(/(\$\$\{|\$\{[A-Z0-9_]+\})/).map((part) => {
      if (part === '$${') return '\\$\\{';
      if (!part.startsWith('${')) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
      names.push(part.slice(2, -1));
      return '(.+)';
    });
    const [, ...values] = new RegExp(`^${parts.join('')}$`, 's').exec(value) ?? [];
    return names.map((name, index) => [name, values[index] ?? 'not there'] as const);
  });
}

function* pairs(written: Json, live: Json | undefined): Generator<readonly [written: string, live: string]> {
  if (typeof written === 'string' && typeof live === 'string') yield [written, live];
  if (Array.isArray(written) && Array.isArray(live))
    for (const [index, item] of written.entries()) yield* pairs(item, live[index]);
  if (!isJsonObject(written) || !isJsonObject(live)) return;
  for (const [member, value] of Object.entries(written)) yield* pairs(value, live[member]);
}

/** The options of an account in which everything is set that an export asks for; each variable has one value only. */
function optionsFor(created: AccountExport<ExistingManifest>['created'], given: Choices): ManifestOptions {
  const asked = created.flatMap(({ secrets }) => [...secrets.keys()]);
  const values = created.flatMap(({ text, application }) => valuesFor(text, application.body));
  expect(values.map(([name]) => name).toSorted()).toEqual(asked.toSorted());
  expect(new Set(asked).size).toBe(asked.length);
  const { passthroughCapabilities } = given;
  const environment = Object.fromEntries(values);
  return { ...defaultManifestOptions, environment, allowedEnvironment: asked, passthroughCapabilities };
}

function planAfter(
  applications: readonly Application[],
  given: Choices,
  policy: Partial<Policy>,
  isOwned: boolean,
): { readonly problems: readonly unknown[]; readonly differences: readonly unknown[] } {
  const { created, leftOut } = exported(applications, given);
  const files = created.map(({ file, text }) => ({ path: file, text }));
  const { manifests, problems } = parseManifests(files, optionsFor(created, given));
  const owned = applications.map(({ id, name }) => anEntry({ id, name, origin: 'adopted' }));
  const { changes, skips } = planOf({
    manifests,
    applications,
    owned: aLedger({
      entries: isOwned ? owned.filter(({ id }) => created.some((one) => one.application.id === id)) : [],
    }),
    policy: { policy: 'sync', ...policy },
  });
  expect(created.length + leftOut.length).toBe(applications.length);
  return {
    problems: problems.filter(({ severity }) => severity === 'error'),
    differences: [
      ...changes.filter(({ action, members }) => action !== 'adopt' || members.length > 0),
      ...skips.filter(({ reason, message }) => !['unchanged', 'unmanaged'].includes(reason) && !isOdd(message)),
    ],
  };
}

/** What the API shows is no application's, and nothing is written to it. */
function isOdd(message: string | undefined): boolean {
  return message?.includes('a field that cannot be read') === true;
}

describe('law 7', () => {
  test('export then plan finds nothing, whatever the account holds, with and without a ledger', () => {
    fc.assert(
      fc.property(
        someApplications,
        choices,
        fc.constantFrom<Policy['undeclaredCapabilities']>('remove', 'keep'),
        fc.boolean(),
        (applications, given, undeclaredCapabilities, isOwned) => {
          const { problems, differences } = planAfter(applications, given, { undeclaredCapabilities }, isOwned);

          expect(problems).toEqual([]);
          expect(differences).toEqual([]);
        },
      ),
      { numRuns },
    );
  });
});

describe('what is exported', () => {
  test('declares every field that manifests can have', () => {
    fc.assert(
      fc.property(documentedSpec, (spec) => {
        const application = anApplication({ body: spec });
        const given = { withIds: true, withKeys: false, isAhead: false, passthroughCapabilities: [] };
        const { created } = exported([application], given);
        const files = created.map(({ file, text }) => ({ path: file, text }));
        const [manifest] = parseManifests(files, optionsFor(created, given)).manifests;

        expect(canonical(manifest?.spec ?? {})).toEqual(canonical(spec));
      }),
      { numRuns },
    );
  });

  test('holds no secret', () => {
    fc.assert(
      fc.property(someApplications, choices, (applications, given) => {
        const { created, leftOut } = exported(applications, given);
        const told = [
          ...created.map(({ text, secrets }) => [text, ...secrets.keys()]),
          leftOut.map(({ reason }) => reason),
        ];

        expect(JSON.stringify(told)).not.toContain(secretMark);
      }),
      { numRuns },
    );
  });
});
