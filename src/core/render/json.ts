import type { UndeliveredKey } from '../deliveries/undelivered-keys.ts';
import type { ReportDocument } from '../documents/report-schema.ts';
import { ReconcilerError } from '../errors.ts';
import type { KnownCommit } from '../git/commit-info.ts';
import type { Change, CreateChange, DeleteChange, MemberChange, Plan, Skip } from '../plan/plan.ts';
import type { ApplyResult, Report } from '../plan/report.ts';
import { dottedPath } from '../pointer.ts';
import type { Place, Problem } from '../problem.ts';
import { planFormat, reportFormat } from './formats.ts';
import type { CommitDocument } from './origin-schema.ts';
import { countResults, idOf, whyOf } from './report.ts';
import type { ChangeDocument, PlanDocument } from './schema.ts';
import { countPlan } from './words.ts';

/** Who wrote a document, and about which account. */
export interface DocumentContext {
  /** Version of this program. */
  readonly program: string;
  /** Name of the account. */
  readonly account: string;
  /** Hash of the API key and host. */
  readonly accountHash: string;
}

type MemberDocument = ChangeDocument['fields'][number];
type SkipDocument = PlanDocument['skips'][number];

/** A plan as a document: always complete, with no body of a manifest and no secret in it. */
export function planToJson(plan: Plan, context: DocumentContext): PlanDocument {
  const counts = countPlan(plan);
  return {
    format: planFormat,
    ...originOf(plan, context),
    root: plan.root,
    ledger: plan.notices.some((notice) => notice.kind === 'no-ledger') ? 'unknown' : 'known',
    summary: { ...counts.changes, skips: counts.skips },
    ...(plan.planHash === undefined ? {} : { planHash: plan.planHash }),
    changes: plan.changes.map(changeDocument),
    skips: plan.skips.map(skipDocument),
    guards: plan.guards.map(({ guard, message, blocked }) => ({ guard, message, blocked })),
    notices: plan.notices.map(({ kind, message, name, ids }) => ({
      kind,
      message,
      ...(name === undefined ? {} : { name }),
      ...(ids === undefined ? {} : { ids: [...ids] }),
    })),
    problems: plan.problems.map(problemDocument),
  };
}

/** A report as a document: every result, and the plan they belong to. */
export function reportToJson(report: Report, context: DocumentContext): ReportDocument {
  return {
    format: reportFormat,
    ...originOf(report.plan, context),
    summary: countResults(report.results),
    results: report.results.map(resultDocument),
    ...(report.undelivered === undefined ? {} : { undelivered: report.undelivered.map(undeliveredDocument) }),
    plan: planToJson(report.plan, context),
  };
}

/** A problem as documents show it. */
export function problemDocument({ severity, place, path, message }: Problem): PlanDocument['problems'][number] {
  return { severity, place: placeDocument(place), path, message };
}

function originOf(plan: Plan, context: DocumentContext) {
  const { program, account, accountHash } = context;
  const { revision, content, commit, serial } = plan;
  const seen = commit === undefined ? {} : { commit: commitDocument(commit) };
  return { program, account, accountHash, revision, content, ...seen, serial };
}

/** The commit that removed a manifest, as documents show it. */
export function removalOf({ removedIn }: DeleteChange): { removedIn?: CommitDocument } {
  return removedIn === undefined ? {} : { removedIn: commitDocument(removedIn) };
}

/** A commit as documents show it. */
export function commitDocument(commit: KnownCommit): CommitDocument {
  if (!('author' in commit)) return { id: commit.id };
  const { id, author, signer, subject, at } = commit;
  return { id, author, ...(signer === undefined ? {} : { signer }), subject, at: new Date(at).toISOString() };
}

function changeDocument(change: Change): ChangeDocument {
  const { name, reason, unchanged } = change;
  const common = { name, reason, fields: change.members.map(memberDocument), unchanged };
  if (change.action === 'create') return createDocument(change, common);
  const { id, base, diffHash } = change;
  if (change.action === 'delete') {
    return {
      action: 'delete',
      ...common,
      id,
      base,
      diffHash,
      file: change.file,
      ...removalOf(change),
      linkedNumbers: change.linkedNumbers ?? 'not checked',
    };
  }
  const manifested = {
    ...common,
    id,
    base,
    diffHash,
    place: placeDocument(change.place),
    manifestHash: change.manifest.hash,
    ...(change.previousName === undefined ? {} : { previousName: change.previousName }),
  };
  if (change.action === 'update') return { action: 'update', ...manifested };
  return { action: 'adopt', ...manifested, losses: [...change.losses] };
}

function createDocument(
  { place, manifest, replaces, heldFingerprint, intent, keyTo, before }: CreateChange,
  common: Pick<ChangeDocument, 'name' | 'reason' | 'fields' | 'unchanged'>,
): ChangeDocument {
  return {
    action: 'create',
    ...common,
    place: placeDocument(place),
    manifestHash: manifest.hash,
    ...(replaces === undefined ? {} : { replaces }),
    ...(heldFingerprint === undefined ? {} : { heldFingerprint }),
    ...(intent === undefined ? {} : { intentFingerprint: intent.fingerprint }),
    ...(keyTo === undefined ? {} : { keyTo: [...keyTo] }),
    before: [...before],
  };
}

function placeDocument({ file, line, column }: Place) {
  return { file, line, column };
}

function memberDocument(member: MemberChange): MemberDocument {
  return {
    path: dottedPath(member.path),
    pointer: member.path,
    ...(member.before === undefined ? {} : { before: member.before }),
    ...(member.after === undefined ? {} : { after: member.after }),
  };
}

function skipDocument(skip: Skip): SkipDocument {
  return {
    reason: skip.reason,
    name: skip.name,
    message: skip.message,
    ...(skip.id === undefined ? {} : { id: skip.id }),
    ...(skip.place === undefined ? {} : { place: placeDocument(skip.place) }),
    ...(skip.guard === undefined ? {} : { guard: skip.guard }),
    ...(skip.change === undefined ? {} : { change: changeDocument(skip.change) }),
    ...(skip.candidates === undefined ? {} : { candidates: [...skip.candidates] }),
    ...(skip.members === undefined ? {} : { fields: skip.members.map(memberDocument) }),
  };
}

function undeliveredDocument({ name, id, fingerprint, target, failed }: UndeliveredKey) {
  return { name, id, fingerprint, target, ...(failed === undefined ? {} : { reason: failed.reason }) };
}

function resultDocument(result: ApplyResult): ReportDocument['results'][number] {
  const { change, outcome, durationMs } = result;
  const id = idOf(result);
  return {
    outcome,
    action: change.action,
    name: change.name,
    ...(id === undefined ? {} : { id }),
    ...(change.action === 'delete' ? {} : { place: placeDocument(change.place) }),
    durationMs,
    ...detailOf(result),
  };
}

function detailOf(result: ApplyResult) {
  if (result.outcome === 'applied') {
    const { key } = result;
    return {
      ...(key === undefined ? {} : { key: { fingerprint: key.fingerprint, path: key.path } }),
      normalized: [...result.normalised],
      leftOut: [...result.leftOut],
    };
  }
  const error = result.outcome === 'failed' || result.outcome === 'unknown' ? result.error : undefined;
  return { message: whyOf(result), ...(error instanceof ReconcilerError ? { code: error.code } : {}) };
}
