import { expect, test } from 'vitest';
import { mergeLayers } from '../../../src/core/layers/merge-layers.ts';
import { defaultManifestOptions } from '../../../src/core/manifest/options.ts';
import { finish } from '../../../src/core/steps.ts';

test('a document that is not in its file is an error of the program', () => {
  const place = { file: 'base/a.yaml', line: 1, column: 1 };
  const application = { kind: 'patched', name: 'A', file: 'base/a.yaml', document: 1, place, ownFile: true } as const;
  const files = [{ path: 'base/a.yaml', text: 'a: 1' }];
  const input = { files, options: defaultManifestOptions, optionsKey: '', cache: undefined, isCurrent: () => true };

  expect(() => finish(mergeLayers([{ application, patches: [] }], input))).toThrow('base/a.yaml has no document 1');
});
