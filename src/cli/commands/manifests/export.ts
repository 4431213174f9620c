import { join, relative } from 'node:path';
import type { CliContext } from '../../../app/context.ts';
import { eachAccount } from '../../../app/each-account.ts';
import { exportOfAccount } from '../../../app/export/export-of-account.ts';
import { type ExportTarget, exportTarget } from '../../../app/export/export-target.ts';
import { takenNames } from '../../../app/export/taken-names.ts';
import { writeManifests } from '../../../app/export/write-manifests.ts';
import { type CommonOptions, openSession, type Session } from '../../../app/session.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import type { AccountExport, NewManifest } from '../../../core/export/export-account.ts';
import type { ExistingManifest } from '../../../core/export/match-manifests.ts';
import { plural } from '../../../core/plural.ts';
import { formatPlace } from '../../../core/problem.ts';
import { messageLines, quoted, visible } from '../../../core/render/visible.ts';
import { startReading } from '../../progress.ts';

/** Options of `export`. */
export interface ExportOptions extends CommonOptions {
  readonly out?: string;
  readonly only?: readonly string[];
  /** --no-ids makes it false. */
  readonly ids: boolean;
  readonly withKeys?: boolean;
  /** Nothing is written. */
  readonly check?: boolean;
}

/** Writes a manifest for every application that has none. Changes nothing at Vonage, and no ledger. */
export async function exportCommand(options: ExportOptions, context: CliContext): Promise<number> {
  const session = await openSession({ context, options, directory: options.out });
  const roots = session.accounts.map((account) => exportTarget(session, account, options.out).root);
  const names = await takenNames(session, roots);
  return eachAccount(session, async (account) => {
    const target = exportTarget(session, account, options.out);
    const reading = startReading(session);
    const { only = [], ids: withIds, withKeys = false } = options;
    const choice = { only, withIds, withKeys, target, names, observe: () => reading.advance() };
    const found = await exportOfAccount(session, choice).finally(() => reading.stop());
    if (options.check !== true) await writeManifests(target, found.created, context.stop);
    tell(session, account.name, target, { ...found, isCheck: options.check === true });
    const isDone = found.leftOut.length === 0 && (options.check !== true || found.created.length === 0);
    return isDone ? exitCodes.done : exitCodes.attention;
  });
}

type Found = AccountExport<ExistingManifest> & { readonly isCheck: boolean };

function tell(session: Session, account: string, target: ExportTarget, found: Found): void {
  const { stdout, stderr, cwd } = session.context;
  const { created, existing, leftOut, isCheck } = found;
  const shownPath = (file: string) => visible(join(relative(cwd, target.root), file));
  const lines = [
    ...created.map(
      ({ file, application }) => `+ ${shownPath(join(target.directory, file))} ${quoted(application.name)}`,
    ),
    ...existing.map(
      ({ manifest, application }) => `= ${shownPath(formatPlace(manifest.place))} ${quoted(application.name)}: exists`,
    ),
  ];
  const prefix = session.accounts.length > 1 ? `Account ${account}: ` : '';
  const counts = `${prefix}${created.length} ${isCheck ? 'to create' : 'created'}, ${existing.length} left as they are, ${leftOut.length} skipped.`;
  stdout.write(`${[...lines, counts].join('\n')}\n`);
  const skipped = leftOut.flatMap(({ application: { name, id }, reason }) =>
    messageLines(reason, `! ${quoted(name)} ${id}: `),
  );
  stderr.write(skipped.map((line) => `${line}\n`).join(''));
  stderr.write(variablesText(created));
}

/** The names alone: the values are where they were found. */
function variablesText(created: readonly NewManifest[]): string {
  const lines = created.flatMap(({ variables, application }) =>
    variables.map((variable) => `  ${variable}  ${quoted(application.name)}`),
  );
  if (lines.length === 0) return '';
  const what = plural(lines.length, 'secret is', 'secrets are');
  return `${what} not in the manifests. Set each of these variables where vonage-gitops runs, to its value at Vonage, and list it under environment in the configuration:\n${lines.join('\n')}\n`;
}
