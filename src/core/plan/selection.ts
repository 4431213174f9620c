import type { ApplicationId } from '../application/application.ts';
import { type SourceFacts, sourceStanding } from '../ledger/source-standing.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { nameMatcher } from '../name-glob.ts';
import type { Change } from './plan.ts';
import type { Selection } from './policy.ts';

/** Whether the run is about a part of the account only; a part never deletes. */
export function isSubset({ selection, ...source }: SourceFacts & { readonly selection: Selection }): boolean {
  const narrowed =
    selection.only.length > 0 || Object.keys(selection.labels).length > 0 || selection.directory !== undefined;
  return narrowed || sourceStanding(source) === 'other';
}

/** Whether a manifest is among what the run is about. */
export function isSelected(selection: Selection, manifest: Manifest): boolean {
  if (!Object.entries(selection.labels).every(([label, value]) => manifest.labels[label] === value)) return false;
  return isNamed(selection, manifest.name, manifest.place.file);
}

/** Whether a change is among what the run is about. An application without a manifest has no labels. */
export function isChangeSelected(selection: Selection, change: Change): boolean {
  if (change.action !== 'delete') return isSelected(selection, change.manifest);
  return isEntrySelected(selection, change);
}

/** Whether an owned application without a manifest is among what the run is about. It has no labels. */
export function isEntrySelected(
  selection: Selection,
  { name, file }: { readonly name: string; readonly file: string },
): boolean {
  return Object.keys(selection.labels).length === 0 && isNamed(selection, name, file);
}

/** What a person has paused: each with the sentence that says so. */
export interface PausedByPerson {
  /** Of the whole account. */
  readonly account?: string;
  /** Of single applications, by name or id. */
  readonly applications: ReadonlyMap<string, string>;
}

/** What a pause can be about: a change, or an application. */
export interface Pausable {
  readonly name: string;
  readonly id?: ApplicationId;
  readonly previousName?: string;
}

/** What it may be paused by: its name, its id, and while it is being renamed its earlier name. */
export function pauseKeysOf({ name, id, previousName }: Pausable): readonly string[] {
  return [name, id, previousName].flatMap((key) => key ?? []);
}

/** Why a person holds a change back; undefined when nobody does. */
export function pauseMessage(change: Pausable, { account, applications }: PausedByPerson): string | undefined {
  const key = pauseKeysOf(change).find((one) => applications.has(one));
  return account ?? (key === undefined ? undefined : applications.get(key));
}

function isNamed(selection: Selection, name: string, file: string): boolean {
  if (selection.only.length > 0 && !nameMatcher(selection.only)(name)) return false;
  return selection.directory === undefined || file.startsWith(`${selection.directory}/`);
}
