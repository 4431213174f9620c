import { ReconcilerError } from '../../src/core/errors.ts';
import { load } from './load.ts';

/** What every source here has, where a test says nothing else. */
const usual = { url: 'https://git.example.com/acme/voice.git', ref: '{ branch: main }' };

/** A file with one source, `voice`, and one account with its manifests from there. An undefined setting is left out. */
export function aSourceFile(
  settings: Readonly<Record<string, string | undefined>> = {},
  manifests = '{ source: voice, path: applications/main }',
): string {
  const lines = Object.entries({ ...usual, ...settings }).flatMap(([key, value]) =>
    value === undefined ? [] : [`      ${key}: ${value}\n`],
  );
  return [
    'apiVersion: vonage-gitops/v1\nkind: Config\nsources:\n  - name: voice\n    git:\n',
    ...lines,
    `accounts:\n  - name: main\n    manifests: ${manifests}\n`,
  ].join('');
}

/** What is wrong with a file, as people read it: the lines of all problems, and the lines around them. */
export function problemsOf(
  text: string,
  environment: Readonly<Record<string, string>> = {},
): { readonly lines: readonly string[]; readonly all: string } {
  try {
    load({ text, path: 'v.yaml', environment });
  } catch (error) {
    if (!(error instanceof ReconcilerError) || error.code !== 'E_CONFIG_INVALID') throw error;
    const lines = error.details['problems'];
    return { lines: Array.isArray(lines) ? lines : [], all: `${error.message}\n${JSON.stringify(error.details)}` };
  }
  return { lines: [], all: '' };
}
