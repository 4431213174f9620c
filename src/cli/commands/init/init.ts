import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { CliContext } from '../../../app/context.ts';
import { eachAccount } from '../../../app/each-account.ts';
import { exportOfAccount } from '../../../app/export/export-of-account.ts';
import { exportTarget } from '../../../app/export/export-target.ts';
import { takenNames } from '../../../app/export/taken-names.ts';
import { writeManifests } from '../../../app/export/write-manifests.ts';
import { type CommonOptions, openSession, type Session } from '../../../app/session.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { plural } from '../../../core/plural.ts';
import { messageLines, quoted, visible } from '../../../core/render/visible.ts';
import { startReading } from '../../progress.ts';
import { checkExported } from './check-exported.ts';
import { type GivenAnswers, type InitAnswers, initAnswers } from './init-answers.ts';
import { editorLine, writeInitFiles } from './init-files.ts';

/**
 * Puts an account into files: its applications as manifests, a configuration, and what a repository needs beside. Nothing is changed at
 * Vonage, no file is overwritten, and git is not run. At the end a plan says whether the files describe the account.
 */
export async function initCommand(options: CommonOptions & GivenAnswers, context: CliContext): Promise<number> {
  const answers = await initAnswers(options, context);
  const session = await openSession({ context, options, directory: answers.manifests });
  const variables = await exportAll(session);
  if (typeof variables === 'number') return variables;
  const files = await writeInitFiles({ ...answers, variables: variables.map(({ name }) => name) }, context);
  context.stdout.write(files.map((line) => `${line}\n`).join(''));
  session.say(nextSteps(variables, answers));
  // Nothing else sees the values: they are what the plan is compared with.
  const environment = {
    ...Object.fromEntries(variables.map(({ name, value }) => [name, value])),
    ...context.environment,
  };
  const written = await openSession({ context: { ...context, environment }, options });
  if (written.accounts.some(({ manifests }) => existsSync(manifests))) return checkExported(written);
  context.stdout.write(`The account has no applications: write the first manifest into ${answers.manifests}.\n`);
  return exitCodes.done;
}

interface UnsetVariable {
  readonly name: string;
  readonly application: string;
  /** Its value at Vonage. */
  readonly value: string;
}

/** Variables of the new manifests, or the exit code of what failed. The one listing shows whether the credentials are right, before a file is written. */
async function exportAll(session: Session): Promise<readonly UnsetVariable[] | number> {
  const { stdout, stderr, cwd, stop } = session.context;
  refuseSources(session);
  const names = await takenNames(
    session,
    session.accounts.map((account) => exportTarget(session, account, undefined).root),
  );
  const variables: UnsetVariable[] = [];
  const code = await eachAccount(session, async (account) => {
    const target = exportTarget(session, account, undefined);
    const reading = startReading(session);
    const choice = { only: [], withIds: true, withKeys: false, target, names, observe: () => reading.advance() };
    const { created, existing, leftOut } = await exportOfAccount(session, choice).finally(() => reading.stop());
    const manifests = created.map((manifest) => ({
      ...manifest,
      text: `${editorLine('application')}\n${manifest.text}`,
    }));
    await writeManifests(target, manifests, stop);
    variables.push(
      ...created.flatMap(({ secrets, application }) =>
        [...secrets].map(([name, value]) => ({ name, value, application: application.name })),
      ),
    );
    const directory = visible(relative(cwd, join(target.root, target.directory)) || '.');
    stdout.write(
      `${directory}: ${plural(created.length, 'manifest')} written, ${existing.length} left as they are, ${leftOut.length} skipped\n`,
    );
    const skipped = leftOut.flatMap(({ application: { name, id }, reason }) =>
      messageLines(reason, `! ${quoted(name)} ${id}: `),
    );
    stderr.write(skipped.map((line) => `${line}\n`).join(''));
    return exitCodes.done;
  });
  return code === exitCodes.done ? variables : code;
}

/** @throws {ReconcilerError} E_USAGE */
function refuseSources({ accounts }: Session): void {
  const account = accounts.find(({ source }) => source !== undefined);
  if (account === undefined) return;
  const message = `init: the manifests of account ${account.name} come from source ${account.source?.name}: use export --out DIR in a checkout`;
  throw new ReconcilerError('E_USAGE', { message });
}

function nextSteps(variables: readonly UnsetVariable[], { manifests, ci }: InitAnswers): string {
  const secrets = variables.map(({ name, application }) => `  ${name}  ${quoted(application)}`);
  const lines = [
    ...(secrets.length === 0
      ? []
      : ['Secrets are not in the manifests. Set these variables to their values at Vonage:', ...secrets]),
    ...(ci === 'none'
      ? []
      : [
          `Who reviews the configuration and manifests is set in CODEOWNERS: /vonage-gitops.yaml @your-team, /${manifests}/ @your-team`,
          'In the files for CI, set the address of your daemon, and the commit of a release in place of the zeros.',
        ]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
