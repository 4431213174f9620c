import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { CliContext } from '../../../app/context.ts';
import { version } from '../../../app/version.ts';
import { configFileName } from '../../../config/config.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { fileReason } from '../../../core/mistakes/file-reason.ts';
import { visible } from '../../../core/render/visible.ts';
import { yamlText } from '../../../core/render/yaml-text.ts';
import { createFile, replaceFile } from '../../../disk/durable-file.ts';
import { packageDirectory } from '../tools/package-directory.ts';
import { forgeOfOrigin } from './forge-of-origin.ts';
import type { InitAnswers } from './init-answers.ts';

/** What the files are made of. */
interface InitFacts extends InitAnswers {
  /** Environment variables that the manifests use. */
  readonly variables: readonly string[];
}

/** A file that is made where there is none. */
interface InitFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

const published = 'https://raw.githubusercontent.com/vonage-gitops/vonage-gitops';

/** The first line of a document, by which editors find its schema. */
export function editorLine(document: 'application' | 'config'): string {
  return `# yaml-language-server: $schema=${published}/v${version}/config/${document}.schema.json`;
}

/**
 * Makes the files that are missing, and says of each whether it did. None is overwritten; only .gitignore, if there is one, gets lines more.
 * @throws {ReconcilerError} E_REFUSED when one cannot be written
 */
export async function writeInitFiles(facts: InitFacts, context: CliContext): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const { path, text } of filesOf(facts, context.cwd)) {
    const shown = visible(relative(context.cwd, path).replaceAll('\\', '/'));
    try {
      mkdirSync(dirname(path), { recursive: true });
      lines.push((await createFile(path, text, fileMode)) ? `${shown}: written` : `${shown}: exists, left as it is`);
    } catch (error) {
      throw new ReconcilerError('E_REFUSED', { what: shown, reason: fileReason(error) }, { cause: error });
    }
  }
  return [...lines, await ignoreState(context)];
}

/** As files of a repository are. */
const fileMode = 0o644;

function filesOf(facts: InitFacts, cwd: string): readonly InitFile[] {
  const { top } = forgeOfOrigin(cwd);
  const config = { path: resolve(cwd, configFileName), text: configText(facts) };
  return [config, ...ciFiles(facts, top), ...ownersFile(facts, { top, config: relative(top, config.path) })];
}

/** Where forges look for owners of files. Source: docs.github.com, "About code owners"; docs.gitlab.com, "Code Owners" */
const ownersPlaces = ['.github/CODEOWNERS', '.gitlab/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'];

/** The configuration decides what may be deleted, so who may change it is a question of its own. A second file would put the first one out of force. */
function ownersFile(
  { ci }: InitFacts,
  { top, config }: { readonly top: string; readonly config: string },
): readonly InitFile[] {
  if (ci === 'none' || ownersPlaces.some((place) => existsSync(join(top, place)))) return [];
  const line = `/${config.replaceAll('\\', '/')} @your-team`;
  const text = `# Who reviews this file decides what may be deleted. Name a team, and take the # away:\n# ${line}\n`;
  return [{ path: join(top, `.${ci}`, 'CODEOWNERS'), text }];
}

function configText({ manifests, name, variables }: InitFacts): string {
  const account = { name, manifests, ...(variables.length === 0 ? {} : { environment: [...variables] }) };
  const text = yamlText({ apiVersion: 'vonage-gitops/v1', kind: 'Config', accounts: [account] });
  return `${editorLine('config')}\n${text}`;
}

/** The published examples, with the directory of these manifests. */
function ciFiles({ ci, manifests }: InitFacts, top: string): readonly InitFile[] {
  const example = (name: string) =>
    readFileSync(join(packageDirectory(), 'examples', 'ci', name), 'utf8').replaceAll(
      /\b(directory: |validate )applications\b/g,
      `$1${manifests}`,
    );
  switch (ci) {
    case 'none':
      return [];
    case 'github':
      return ['pull-request', 'main'].map((name) => ({
        path: join(top, '.github', 'workflows', `vonage-${name}.yml`),
        text: example(`github/${name}.yml`),
      }));
    case 'gitlab': {
      const file = '.gitlab/vonage-gitops.gitlab-ci.yml';
      return [
        { path: join(top, file), text: example('gitlab/vonage-gitops.gitlab-ci.yml') },
        { path: join(top, '.gitlab-ci.yml'), text: `include:\n  - local: ${file}\n` },
      ];
    }
  }
}

const ignored = ['.vonage-gitops/', '.vonage-gitops-emulator/'];

/** Ledgers and private keys never belong into git. */
async function ignoreState({ cwd }: CliContext): Promise<string> {
  const path = join(cwd, '.gitignore');
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const known = new Set(before.split(/\r?\n/).map((line) => line.trim().replace(/^\//, '').replace(/\/?$/, '/')));
  const missing = ignored.filter((line) => !known.has(line));
  if (missing.length === 0) return '.gitignore: exists, left as it is';
  const start = before === '' || before.endsWith('\n') ? before : `${before}\n`;
  await replaceFile(path, `${start}${missing.join('\n')}\n`, undefined, fileMode);
  return before === '' ? '.gitignore: written' : '.gitignore: lines added for the state directory';
}
