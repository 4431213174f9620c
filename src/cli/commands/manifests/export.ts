import { join, relative } from 'node:path';
import type { CliContext } from '../../../app/context.ts';
import { eachAccount } from '../../../app/each-account.ts';
import { exportOfAccount, type FoundExport } from '../../../app/export/export-of-account.ts';
import { type ExportTarget, exportTarget } from '../../../app/export/export-target.ts';
import { takenNames } from '../../../app/export/taken-names.ts';
import { type ExistingUpdates, updateExisting, writeUpdates } from '../../../app/export/update-existing.ts';
import { writeManifests } from '../../../app/export/write-manifests.ts';
import { type CommonOptions, openSession, type Session } from '../../../app/session.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
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
  readonly update?: boolean;
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
    const updates = options.update === true ? updateExisting(session, target, found, choice) : noUpdates;
    if (options.check !== true) {
      await writeManifests(target, found.created, context.stop);
      await writeUpdates(target, updates.files, context.stop);
    }
    const told = { session, target, account: account.name, isCheck: options.check === true };
    tell(told, found, options.update === true ? updates : undefined);
    const left = found.leftOut.length + updates.remarks.length;
    const toWrite = options.check === true ? found.created.length + updates.updated.length : 0;
    return left + toWrite > 0 ? exitCodes.attention : exitCodes.done;
  });
}

const noUpdates: ExistingUpdates = { files: [], updated: [], remarks: [], variables: [] };

interface Told {
  readonly session: Session;
  readonly target: ExportTarget;
  readonly account: string;
  readonly isCheck: boolean;
}

/** `updates`: undefined when manifests that are there are left as they are. */
function tell(to: Told, found: FoundExport, updates: ExistingUpdates | undefined): void {
  const { stdout, stderr } = to.session.context;
  const { created, existing, leftOut } = found;
  const shownPath = pathShower(to);
  const lines = [
    ...created.map(
      ({ file, application }) => `+ ${shownPath(join(to.target.directory, file))} ${quoted(application.name)}`,
    ),
    ...existing.map(({ manifest, application }) => {
      const isUpdated = updates?.updated.includes(application.id) === true;
      const what = updates === undefined ? 'exists' : isUpdated ? updatedWord(to) : 'unchanged';
      return `${isUpdated ? '~' : '='} ${shownPath(formatPlace(manifest.place))} ${quoted(application.name)}: ${what}`;
    }),
  ];
  const prefix = to.session.accounts.length > 1 ? `Account ${to.account}: ` : '';
  stdout.write(`${[...lines, `${prefix}${countsText(to, found, updates)}`].join('\n')}\n`);
  const skipped = leftOut.flatMap(({ application: { name, id }, reason }) =>
    messageLines(reason, `! ${quoted(name)} ${id}: `),
  );
  stderr.write([...skipped, ...remarkLines(updates?.remarks ?? [], shownPath)].map((line) => `${line}\n`).join(''));
  const variables = created.flatMap(({ secrets, application }) =>
    [...secrets.keys()].map((variable) => ({ variable, application: application.name })),
  );
  stderr.write(variablesText([...variables, ...(updates?.variables ?? [])]));
}

/** `--check` writes nothing, so it says what would be done. */
function updatedWord({ isCheck }: Pick<Told, 'isCheck'>): string {
  return isCheck ? 'to update' : 'updated';
}

function pathShower({ session, target }: Told): (file: string) => string {
  return (file) => visible(join(relative(session.context.cwd, target.root), file));
}

function countsText(
  { isCheck }: Told,
  { created, existing, leftOut }: FoundExport,
  updates: ExistingUpdates | undefined,
): string {
  const updated = updates?.updated.length ?? 0;
  const counts = [
    `${created.length} ${isCheck ? 'to create' : 'created'}`,
    ...(updates === undefined ? [] : [`${updated} ${updatedWord({ isCheck })}`]),
    `${existing.length - updated} left as they are`,
    `${leftOut.length} skipped`,
  ];
  return `${counts.join(', ')}.`;
}

function remarkLines(remarks: ExistingUpdates['remarks'], shownPath: (file: string) => string): readonly string[] {
  return remarks.flatMap(({ place, path, what }) =>
    messageLines(what, `! ${shownPath(formatPlace(place))}: ${path === '' ? '' : `${visible(path)}: `}`),
  );
}

/** The names alone: the values are where they were found. */
function variablesText(variables: ExistingUpdates['variables']): string {
  const lines = variables.map(({ variable, application }) => `  ${variable}  ${quoted(application)}`);
  if (lines.length === 0) return '';
  const what = plural(lines.length, 'secret is', 'secrets are');
  return `${what} not in the manifests. Set each of these variables where vonage-gitops runs, to its value at Vonage, and list it under environment in the configuration:\n${lines.join('\n')}\n`;
}
