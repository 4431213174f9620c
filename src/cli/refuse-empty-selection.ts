import type { Session } from '../app/session.ts';
import { parseApplicationId } from '../core/application/application.ts';
import { ReconcilerError } from '../core/errors.ts';
import { type KnownApplication, nearestName } from '../core/ledger/known-applications.ts';
import { didYouMean } from '../core/mistakes/suggest.ts';
import { nameMatcher } from '../core/name-glob.ts';
import type { Selection } from '../core/plan/policy.ts';
import { pointerOf } from '../core/pointer.ts';
import { quoted } from '../core/render/visible.ts';
import { readKnownApplications } from './read-known-applications.ts';

/**
 * A typo in --only or --selector must not look like a run that had nothing to do. Each pattern, and all labels together, must match a
 * manifest or a managed application of any chosen account; where something cannot be read, it could be that.
 * @throws {ReconcilerError} E_USAGE
 */
export async function refuseEmptySelection(session: Session, selection: Selection): Promise<void> {
  const { only, labels } = selection;
  if (only.length === 0 && Object.keys(labels).length === 0) return;
  const known: KnownApplication[] = [];
  for (const config of session.accounts) {
    const { applications, complete } = await readKnownApplications(session, config);
    if (!complete) return;
    known.push(...applications);
  }
  const names = session.accounts.map(({ name }) => name);
  const where = `no manifest and no managed application of ${names.length === 1 ? 'account' : 'accounts'} ${names.join(', ')}`;
  for (const pattern of only) {
    if (known.some(matches(pattern))) continue;
    throw usage(`--only ${quoted(pattern)} matches ${where}${nearestName(pattern, known)}`);
  }
  const labeled = known.filter((one) => hasLabels(one, labels));
  if (labeled.length === 0) throw usage(`${selectorText(labels)} matches ${where}${nearestLabel(labels, known)}`);
  if (only.length > 0 && !labeled.some((one) => only.some((pattern) => matches(pattern)(one))))
    throw usage(`--only and --selector together match ${where}`);
}

function usage(message: string): ReconcilerError {
  return new ReconcilerError('E_USAGE', { message });
}

function matches(pattern: string): (one: KnownApplication) => boolean {
  const isNamed = nameMatcher([pattern]);
  const id = parseApplicationId(pattern);
  return (one) => isNamed(one.name) || (id !== undefined && one.id === id);
}

function hasLabels(one: KnownApplication, labels: Selection['labels']): boolean {
  return one.labels === undefined || Object.entries(labels).every(([label, value]) => one.labels?.[label] === value);
}

function selectorText(labels: Selection['labels']): string {
  return Object.entries(labels)
    .map(([label, value]) => `--selector ${quoted(`${label}=${value}`)}`)
    .join(' with ');
}

/** What may be meant: the nearest pair of a label and its value. Values from the environment are never shown. */
function nearestLabel(labels: Selection['labels'], known: readonly KnownApplication[]): string {
  const pairs = known.flatMap(({ labels: own, concealedMetadata }) =>
    Object.entries(own ?? {}).flatMap(([label, value]) =>
      concealedMetadata?.has(`/labels${pointerOf([label])}`) ? [] : [`${label}=${value}`],
    ),
  );
  const unmatched = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  const wrong = unmatched.find((pair) => !pairs.includes(pair));
  return wrong === undefined ? '' : didYouMean(wrong, [...new Set(pairs)].sort());
}
