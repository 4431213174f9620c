import type { DeletionPolicy } from '../manifest/manifest.ts';
import type { Policy } from '../plan/policy.ts';

/** What removing the manifest of an adopted application would do, for a sentence: it begins with a verb. */
export function removalWords(
  said: DeletionPolicy | undefined,
  { policy, deletionPolicy }: Pick<Policy, 'policy' | 'deletionPolicy'>,
): string {
  const effective = said ?? (deletionPolicy === 'delete' ? 'protect' : deletionPolicy);
  switch (effective) {
    case 'protect':
      return 'leaves the application protected: it is not deleted';
    case 'orphan':
      return 'ends its management: the application stays';
    case 'delete':
      return policy === 'sync' ? 'deletes the application' : `deletes nothing, because of policy ${policy}`;
  }
}
