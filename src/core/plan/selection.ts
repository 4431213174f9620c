import { type ApplicationId, parseApplicationId } from '../application/application.ts';
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

/** Whether a manifest is among what the run is about, and with it the application that it is paired with. */
export function isSelected(selection: Selection, manifest: Manifest, id = manifest.id): boolean {
  if (!Object.entries(selection.labels).every(([label, value]) => manifest.labels[label] === value)) return false;
  const { name, place } = manifest;
  return isNamed(selection, { name, id, file: place.file });
}

/** Whether a change is among what the run is about. An application without a manifest has no labels. */
export function isChangeSelected(selection: Selection, change: Change): boolean {
  if (change.action === 'create') return isSelected(selection, change.manifest);
  if (change.action !== 'delete') return isSelected(selection, change.manifest, change.id);
  return isEntrySelected(selection, change);
}

/** Whether an owned application without a manifest is among what the run is about. It has no labels. */
export function isEntrySelected(selection: Selection, entry: Selectable): boolean {
  return Object.keys(selection.labels).length === 0 && isNamed(selection, entry);
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

/** What a person may call it by: its name, its id, and while it is being renamed its earlier name. */
export function namesAndIdOf({ name, id, previousName }: Pausable): readonly string[] {
  return [name, id, previousName].flatMap((key) => key ?? []);
}

/** Whether a person who listed names and ids means it, too. */
export function isNamedIn(namesOrIds: readonly string[], one: Pausable): boolean {
  return namesOrIds.some((text) => namesAndIdOf(one).includes(parseApplicationId(text) ?? text));
}

/** Why a person holds a change back; undefined when nobody does. */
export function pauseMessage(change: Pausable, { account, applications }: PausedByPerson): string | undefined {
  const key = namesAndIdOf(change).find((one) => applications.has(one));
  return account ?? (key === undefined ? undefined : applications.get(key));
}

interface Selectable {
  readonly name: string;
  readonly id: ApplicationId | undefined;
  readonly file: string;
}

function isNamed(selection: Selection, { name, id, file }: Selectable): boolean {
  const { only } = selection;
  const hasId = id !== undefined && only.some((pattern) => parseApplicationId(pattern) === id);
  if (only.length > 0 && !hasId && !nameMatcher(only)(name)) return false;
  return selection.directory === undefined || file.startsWith(`${selection.directory}/`);
}
