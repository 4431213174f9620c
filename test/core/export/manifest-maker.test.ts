import { describe, expect, test } from 'vitest';
import type { Application } from '../../../src/core/application/application.ts';
import { type MakerOptions, ManifestMaker } from '../../../src/core/export/manifest-maker.ts';
import type { ExistingManifest } from '../../../src/core/export/match-manifests.ts';
import { SecretNames } from '../../../src/core/export/secret-names.ts';
import type { Json } from '../../../src/core/json.ts';
import { anApplication, anId } from '../../builders.ts';

const options: MakerOptions = {
  only: [],
  scopeNames: [],
  nameSuffix: '',
  withIds: true,
  withKeys: false,
  manifests: [],
  passthroughCapabilities: [],
  secrets: [],
};

/** An application that says when it is looked into. */
function watched(
  looked: string[],
  given: { readonly name?: string; readonly id?: Application['id'] } = {},
): Application {
  const application = anApplication({ name: 'Support', ...given });
  return {
    ...application,
    get body() {
      looked.push(application.name);
      return { capabilities: { voice: {} } };
    },
  };
}

function made(maker: ManifestMaker, application: Application, isPinned = true, names = new SecretNames([])) {
  return maker.make(application, { isPinned, notes: [], names });
}

describe('a manifest that was made ahead', () => {
  test('is the one that would be made at the end, under the notes that are known then', () => {
    const application = anApplication({ name: 'Support', body: { capabilities: { voice: {} } } });
    const [ahead, late] = [new ManifestMaker(options), new ManifestMaker(options)];
    ahead.makeAhead([application]);
    const rest = { isPinned: true, notes: ['linked: 1'], names: new SecretNames([]) };

    expect(ahead.make(application, rest)).toEqual(late.make(application, rest));
    expect(ahead.make(application, rest).text).toMatch(/^# linked: 1\napiVersion: /);
  });

  test('is not made again', () => {
    const looked: string[] = [];
    const application = watched(looked);
    const maker = new ManifestMaker(options);

    maker.makeAhead([application]);
    made(maker, application);
    made(maker, application);

    expect(looked).toEqual(['Support']);
  });

  test('is not used for what the application is in a later listing', () => {
    const maker = new ManifestMaker(options);
    maker.makeAhead([anApplication({ body: { capabilities: { voice: {} } } })]);

    const { text } = made(maker, anApplication({ body: { capabilities: { rtc: {} } } }));

    expect(text).toContain('rtc:');
    expect(text).not.toContain('voice:');
  });

  test('is not used where the application turns out to need a pin', () => {
    const maker = new ManifestMaker({ ...options, withIds: false });
    const application = anApplication({ id: anId(7) });
    maker.makeAhead([application]);

    expect(made(maker, application, false).text).not.toContain(anId(7));
    expect(made(maker, application, true).text).toContain(anId(7));
  });

  test('holds no variable: two applications of one name have different ones', () => {
    const maker = new ManifestMaker(options);
    const capabilities: Json = { voice: { webhooks: { answer_url: { address: 'https://a:b@example.com/' } } } };
    const twins = [1, 2].map((n) => anApplication({ id: anId(n), name: 'Support', body: { capabilities } }));
    const names = new SecretNames([]);

    maker.makeAhead(twins);
    const variables = twins.flatMap((twin) => [...made(maker, twin, true, names).secrets.keys()]);

    expect(new Set(variables).size).toBe(2);
  });
});

test.each<{ title: string; given: Partial<MakerOptions>; ahead: string[] }>([
  { title: 'all', given: {}, ahead: ['A', 'B'] },
  { title: 'those that are wanted', given: { only: ['B'] }, ahead: ['B'] },
  { title: 'those in scope', given: { scopeNames: ['A*'] }, ahead: ['A'] },
  { title: 'those without a manifest of their name', given: { manifests: [declared({ name: 'A' })] }, ahead: ['B'] },
  { title: 'those that no manifest pins', given: { manifests: [declared({ id: anId(2) })] }, ahead: ['A'] },
])('made ahead are manifests of $title', ({ given, ahead }) => {
  const looked: string[] = [];
  const maker = new ManifestMaker({ ...options, ...given });

  maker.makeAhead([watched(looked, { id: anId(1), name: 'A' }), watched(looked, { id: anId(2), name: 'B' })]);

  expect(looked).toEqual(ahead);
});

function declared(given: Partial<ExistingManifest>): ExistingManifest {
  return { place: { file: 'a.yaml', line: 1, column: 1 }, ...given };
}
