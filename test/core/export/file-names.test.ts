import { expect, test } from 'vitest';
import { FileNames, nameStem } from '../../../src/core/export/file-names.ts';

test.each([
  ['Support line', 'support-line'],
  ['../x', 'x'],
  ['.', 'app'],
  ['/etc/passwd', 'etc-passwd'],
  ['😀', 'app'],
  ['Ünï', 'n'],
  ['--a  b--', 'a-b'],
  ['a'.repeat(300), 'a'.repeat(60)],
  [`${'a'.repeat(59)} b`, 'a'.repeat(59)],
  ['NUL', 'app-nul'],
  ['com7', 'app-com7'],
  ['console', 'console'],
])('a file is named after its application: %s', (name, stem) => {
  expect(nameStem(name)).toBe(stem);
});

test('files of one name are numbered, and none that is there is taken', () => {
  const files = new FileNames(['Support.YAML', 'support-3.yaml']);

  expect(['Support', 'support!', 'SUPPORT', 'other'].map((name) => files.give(name))).toEqual([
    'support-2.yaml',
    'support-4.yaml',
    'support-5.yaml',
    'other.yaml',
  ]);
});
