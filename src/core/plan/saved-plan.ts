import { ReconcilerError } from '../errors.ts';
import { planFormat } from '../render/formats.ts';
import { type ChangeDocument, type PlanDocument, planSchema } from '../render/schema.ts';
import { schemaWords } from '../schema-words.ts';
import { z } from '../zod.ts';
import type { AdoptChange, Change, CreateChange, Plan, Skip, UpdateChange } from './plan.ts';

/**
 * A plan read back from its file. It holds what was approved, not how to do it: applying it plans afresh and carries out those changes
 * that are still the approved ones.
 */
export type SavedPlan = PlanDocument;

/** A change of a saved plan that is not what would be done now, and why. */
export interface StaleChange extends SavedChange {
  readonly reason: string;
  /** A person has paused it: resumed, it may still be the approved one. */
  readonly paused?: true;
}

/** A change of a saved plan. */
export interface SavedChange {
  readonly name: string;
  readonly id?: string;
  readonly action: Change['action'];
}

/** What of a saved plan can be carried out. */
export interface MatchedPlan {
  /** Changes of the fresh plan, in its order, that equal saved ones. */
  readonly changes: readonly Change[];
  /** Saved ones that need nothing any more, because all is as they would have made it. */
  readonly done: readonly SavedChange[];
  readonly stale: readonly StaleChange[];
}

/** Reads a saved plan. @throws {ReconcilerError} E_PLAN_FILE_INVALID, naming `file` and what is wrong with it */
export function parseSavedPlan(text: string, file = 'the plan file'): SavedPlan {
  const document = parseJson(text, file);
  const format = z.object({ format: z.unknown() }).safeParse(document).data?.format;
  if (format !== planFormat) {
    throw invalid(file, `its format is ${JSON.stringify(format) ?? 'missing'}, not "${planFormat}"`);
  }
  const parsed = planSchema.safeParse(document, { error: schemaWords });
  if (parsed.success) return parsed.data;
  throw invalid(file, parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(file, 'it is not JSON'); // the parser's own message quotes the file, which may be a secret
  }
}

function invalid(file: string, reason: string): ReconcilerError {
  return new ReconcilerError('E_PLAN_FILE_INVALID', { file, reason });
}

/**
 * Finds the changes of a fresh plan that are exactly what was approved: the same action on the same application, from the same manifest,
 * with the same live body behind it. A delete also needs the ledger to be as it was: `serial` is the ledger's before this run recorded
 * anything. What a guard blocks by now is stale like the rest.
 */
export function matchSavedPlan(saved: SavedPlan, fresh: Plan, serial: number): MatchedPlan {
  const index = indexChanges(fresh.changes);
  const changes = new Set<Change>();
  const done: SavedChange[] = [];
  const stale: StaleChange[] = [];
  for (const approved of saved.changes) {
    const current = findCurrent(approved, index);
    if (current === undefined && isDone(approved, saved, fresh)) {
      done.push(subjectOf(approved));
      continue;
    }
    const match = current === undefined ? whyMissing(approved, fresh) : matchOne(approved, current, saved, serial);
    if (typeof match === 'string') stale.push({ ...subjectOf(approved), reason: match, ...pausedOf(approved, fresh) });
    else changes.add(match);
  }
  return { changes: fresh.changes.filter((change) => changes.has(change)), done, stale };
}

function indexChanges(changes: readonly Change[]): ReadonlyMap<string, readonly Change[]> {
  const index = new Map<string, Change[]>();
  for (const change of changes) {
    const keys = change.action === 'create' ? [`name ${change.name}`] : [`id ${change.id}`, `name ${change.name}`];
    for (const key of keys) index.set(key, [...(index.get(key) ?? []), change]);
  }
  return index;
}

/** What is planned now for the same application: by id, else by name, as a create has no id yet. The same action is preferred. */
function findCurrent(approved: ChangeDocument, index: ReadonlyMap<string, readonly Change[]>): Change | undefined {
  const named = index.get(`name ${approved.name}`) ?? [];
  if (approved.action === 'create') return named.find((change) => change.action === 'create') ?? named[0];
  const [same] = index.get(`id ${approved.id}`) ?? [];
  return same ?? named.find((change) => change.action === 'create');
}

/** The change to carry out, or why there is none. */
function matchOne(approved: ChangeDocument, current: Change, saved: SavedPlan, serial: number): Change | string {
  return whyDifferent(approved, current, saved, serial) ?? current;
}

/** What is said of an application that is as its manifest wants it, as far as the server keeps that. */
const asDeclared: ReadonlySet<Skip['reason']> = new Set(['unchanged', 'normalized', 'unproven']);

/**
 * Whether all is as the approved change would have made it: the same manifests call for nothing, or what was to be deleted is neither
 * listed nor owned.
 */
function isDone(approved: ChangeDocument, saved: SavedPlan, { content, skips, listing }: Plan): boolean {
  const { name } = approved;
  if (approved.action === 'delete')
    return [...listing.ids].every((id) => id !== approved.id) && skips.every(({ id }) => id !== approved.id);
  const said = skips.filter((skip) => skip.name === name && isAbout(approved, skip));
  return (
    (saved.content ?? saved.revision) === content &&
    said.length > 0 &&
    said.every(({ reason }) => asDeclared.has(reason))
  );
}

function isAbout(approved: ChangeDocument, { id }: Skip): boolean {
  return approved.action === 'create' || id === undefined || id === approved.id;
}

function subjectOf(approved: ChangeDocument): SavedChange {
  const { name, action } = approved;
  return approved.action === 'create' ? { name, action } : { name, id: approved.id, action };
}

/** What was left alone of the application that an approved change is about. */
function skipOf(approved: ChangeDocument, { skips }: Plan): Skip | undefined {
  return skips.find((candidate) =>
    approved.action === 'create' || candidate.id === undefined
      ? candidate.name === approved.name
      : candidate.id === approved.id,
  );
}

function pausedOf(approved: ChangeDocument, fresh: Plan): Pick<StaleChange, 'paused'> {
  return skipOf(approved, fresh)?.heldBack === true ? { paused: true } : {};
}

function whyMissing(approved: ChangeDocument, fresh: Plan): string {
  const skip = skipOf(approved, fresh);
  if (skip === undefined) return 'it no longer needs a change';
  if (skip.reason === 'unchanged') return 'it already matches the manifest';
  const guard = skip.guard === undefined ? '' : ` by guard ${skip.guard}`;
  return `it is now ${skip.reason}${guard}${skip.message === '' ? '' : `: ${skip.message}`}`;
}

function whyDifferent(approved: ChangeDocument, current: Change, saved: SavedPlan, serial: number): string | undefined {
  if (approved.name !== current.name) return `its name would now be ${JSON.stringify(current.name)}`;
  if (approved.action === 'create' && current.action === 'create') return whyCreateDiffers(approved, current);
  if (approved.action === 'delete' && current.action === 'delete') {
    return whyLiveDiffers(approved, current) ?? whySerialDiffers(saved, serial);
  }
  if (approved.action === 'adopt' && current.action === 'adopt') return whyManifestedDiffers(approved, current);
  if (approved.action === 'update' && current.action === 'update') return whyManifestedDiffers(approved, current);
  return `planned to ${approved.action}, would now ${current.action}`;
}

interface Based {
  readonly base: string;
  readonly diffHash: string;
}

const manifestChanged = 'its manifest has changed since';

function whyCreateDiffers(
  approved: { readonly manifestHash: string; readonly replaces?: string | undefined },
  current: CreateChange,
): string | undefined {
  if (approved.manifestHash !== current.manifest.hash) return manifestChanged;
  return approved.replaces === current.replaces ? undefined : 'it would now replace another application';
}

function whyManifestedDiffers(
  approved: Based & { readonly manifestHash: string },
  current: AdoptChange | UpdateChange,
): string | undefined {
  return approved.manifestHash === current.manifest.hash ? whyLiveDiffers(approved, current) : manifestChanged;
}

function whyLiveDiffers(approved: Based, current: Based): string | undefined {
  const same = approved.base === current.base && approved.diffHash === current.diffHash;
  return same ? undefined : 'the application has changed since, or what would be written to it';
}

function whySerialDiffers(saved: SavedPlan, serial: number): string | undefined {
  if (saved.serial === serial) return undefined;
  return `the ledger has changed since (serial ${saved.serial}, now ${serial}): a delete needs a new plan`;
}
