import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommonOptions } from '../app/session.ts';
import { ReconcilerError } from '../core/errors.ts';
import type { Overrides, Selection } from '../core/plan/policy.ts';
import { withCommon } from './common-options.ts';

/** How a command ends: with its exit code. */
export type Done = (code: number) => void;

/** The options of commands about one account that print text or JSON. */
export function withFormat(command: Command): Command {
  return withCommon(
    command.addOption(new Option('--format <format>', 'output format').choices(['text', 'json']).default('text')),
  );
}

/** The options of commands that write to the state of one account, or to the account itself. */
export function withWriting(command: Command): Command {
  return withFormat(
    command
      .option('--yes', 'skip the confirmation prompt')
      .option('--lock-timeout <seconds>', 'how long to wait for the writer lock', wholeNumber, 30),
  );
}

/** The option of commands that read manifests as they are at the git server. */
export function withFetch(command: Command): Command {
  return command.option('--no-fetch', 'read the accepted commit of a git source without asking its server');
}

/** The option of commands that can read a checkout, and write nothing. */
export function withFrom(command: Command): Command {
  return command.option('--from <dir>', 'read this checkout in place of the git source of the accounts');
}

/** Options that choose a part of the account and widen single guards. */
export function withSelection(command: Command): Command {
  const selecting = command
    .optionsGroup('Selection options:')
    .option(
      '--only <glob>',
      'only applications whose name matches, or with this id; never deletes (repeatable)',
      collect,
    )
    .option('--selector <label=value>', 'only manifests with this label; never deletes (repeatable)', collect);
  return withAllowances(selecting).optionsGroup('Options:');
}

/** The options that widen single guards; `when` says what for. */
export function withAllowances(command: Command, when: 'in this run' | 'in that pass' = 'in this run'): Command {
  return command
    .option('--allow-deletes <n>', `allow up to N deletes ${when}`, wholeNumber)
    .option('--allow-updates <n>', `allow up to N updates ${when}`, wholeNumber)
    .option(
      '--allow-creates <n>',
      'allow up to N creates even if many applications are missing, and check each of them',
      wholeNumber,
    )
    .option(
      '--allow-removals <name>',
      'allow the adoption of this application to remove what its manifest does not declare (repeatable)',
      collect,
    )
    .option(
      '--allow-linked <name>',
      'allow this application to be cut off from the phone numbers linked to it (repeatable)',
      collect,
    );
}

/** The option of commands that a pause binds. */
export function withPauseOverride(command: Command): Command {
  return command.option(
    '--ignore-pause',
    'do what is paused all the same; history.jsonl in the state directory records it',
  );
}

/** Parses an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Parses a whole number. @throws {InvalidArgumentError} for anything else */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number, 0 or more');
}

/** Parses a TCP port. @throws {InvalidArgumentError} for anything else */
export function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('Expected a port, 0 to 65535; 0 selects a free one');
}

/** Parses the hash of a plan: all of it, because others can make a plan with the same beginning. @throws {InvalidArgumentError} for anything else */
export function planHash(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('Expected the plan hash as plan shows it, all 64 digits of it');
}

/** Options that choose a part of the account and widen single guards; plan and apply share them. */
export interface SelectionOptions extends CommonOptions, AllowanceOptions {
  readonly only?: readonly string[];
  readonly selector?: readonly string[];
}

/** Options that widen single guards. */
export interface AllowanceOptions {
  readonly allowDeletes?: number;
  readonly allowUpdates?: number;
  readonly allowCreates?: number;
  readonly allowRemovals?: readonly string[];
  readonly allowLinked?: readonly string[];
}

/** What the options select. @throws {ReconcilerError} E_USAGE for a selector that is not KEY=VALUE */
export function selectionOf(options: SelectionOptions, directory: string | undefined): Selection {
  return {
    only: options.only ?? [],
    labels: Object.fromEntries((options.selector ?? []).map(parseSelector)),
    ...(directory === undefined ? {} : { directory }),
  };
}

function parseSelector(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new ReconcilerError('E_USAGE', { message: `--selector ${text}: expected LABEL=VALUE, such as team=support` });
}

/** What the options allow. A command is run by a person or on a person's behalf, so fights are healed once more. */
export function overridesOf(options: SelectionOptions): Overrides {
  const { allowDeletes, allowUpdates, allowCreates } = options;
  return {
    ...(allowDeletes === undefined ? {} : { allowDeletes }),
    ...(allowUpdates === undefined ? {} : { allowUpdates }),
    ...(allowCreates === undefined ? {} : { allowCreates }),
    allowRemovals: options.allowRemovals ?? [],
    allowLinked: options.allowLinked ?? [],
    healFights: true,
  };
}
