import type { DesiredState } from '../manifest/manifest.ts';
import type { Policy } from '../plan/policy.ts';
import type { Ledger, Orphaning } from './ledger.ts';

/** Sources that a ledger remembers. */
const mostSources = 5;

/**
 * Where manifests come from, as seen from the ledger:
 *
 * | standing  | the source is                                                     | what a pass may do                             |
 * |-----------|-------------------------------------------------------------------|------------------------------------------------|
 * | `current` | the one in effect, or the first one                                | everything                                     |
 * | `moved`   | new, and a configuration file names it                            | no delete; what it does not declare stays kept |
 * | `other`   | new without a configuration file, or one that was in effect before | as a run over a part: no delete, nothing noted |
 *
 * Two checkouts of one repository are one source. A moved one is in effect from the end of the first pass over all its manifests on;
 * another one when `state move` says so. One that was in effect before never takes over by itself: two that take turns would each
 * delete what is the other's.
 */
export type SourceStanding = 'current' | 'moved' | 'other';

/** What a source's standing is told from. */
export interface SourceFacts {
  readonly desired: Pick<DesiredState, 'source' | 'root'>;
  readonly owned: Pick<Ledger, 'sources'>;
  readonly policy: Pick<Policy, 'newSource'>;
}

/** How the manifests' source stands to the ledger. */
export function sourceStanding({ desired, owned, policy }: SourceFacts): SourceStanding {
  const [current] = owned.sources;
  if (current === undefined || current === desired.source || isSamePlace(desired, owned.sources)) return 'current';
  return policy.newSource === 'follow' && !owned.sources.includes(desired.source) ? 'moved' : 'other';
}

/**
 * A path means whatever lies there: that it is known as a repository now does not make it another source. Where repositories were known
 * before, it has to be one of them.
 */
function isSamePlace({ source, root }: SourceFacts['desired'], sources: readonly string[]): boolean {
  return sources[0] === root && (sources.includes(source) || !sources.some((one) => one.startsWith('git:')));
}

/** What to tell of a source that is not the one in effect; undefined of that one. */
export function describeMove(facts: SourceFacts): string | undefined {
  const { desired, owned, policy } = facts;
  const [from = ''] = owned.sources;
  const to = desired.source;
  switch (sourceStanding(facts)) {
    case 'current':
      return undefined;
    case 'moved':
      return `manifests moved from ${from} to ${to}: this pass deletes nothing, and what ${to} does not declare stays kept`;
    case 'other': {
      const confirm = 'nothing is deleted until "vonage-gitops state move" confirms it';
      if (policy.newSource === 'follow') return `manifests moved from ${from} back to ${to}: ${confirm}`;
      if (isBelow(to, from) || isBelow(desired.root, from))
        return `${to} is a part of the manifests in ${from}: a part never deletes`;
      return `manifests moved from ${from} to ${to}: ${confirm}`;
    }
  }
}

/** Where another source is in effect, and stays so after this pass: what an application that this one adds is to it. */
export function outsideOf({
  now,
  conclusive,
  ...facts
}: SourceFacts & { readonly policy: Policy; readonly now: number; readonly conclusive: boolean }):
  | Orphaning
  | undefined {
  return isOutside(facts, conclusive) ? { at: now, policy: facts.policy.policy, cause: 'moved' } : undefined;
}

/** Whether another source is in effect, and stays so after this pass: a move takes one over all manifests. */
export function isOutside(facts: SourceFacts, conclusive: boolean): boolean {
  const standing = sourceStanding(facts);
  return standing === 'other' || (standing === 'moved' && !conclusive);
}

function isBelow(source: string, above: string): boolean {
  return source.startsWith(above.endsWith('/') ? above : `${above}/`);
}

/** The sources of a ledger once this one is in effect. A path that is known as a repository now is forgotten. */
export function sourcesWith(
  sources: readonly string[],
  { source, root }: Pick<DesiredState, 'source' | 'root'>,
): readonly string[] {
  const others = sources.filter((one) => one !== source && one !== root);
  return [source, ...others].slice(0, mostSources);
}
