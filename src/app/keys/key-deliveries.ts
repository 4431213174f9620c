import { type AccountConfig, keyDirectory } from '../../config/account.ts';
import { Semaphore } from '../../core/semaphore.ts';
import { DirectoryTarget } from '../../keys/delivery/directory.ts';
import { ExecTarget } from '../../keys/delivery/exec.ts';
import type { LockGuard } from '../../lock/guard.ts';
import type { KeyTarget, ReconcilePorts } from '../../reconcile/ports.ts';
import type { Session } from '../session.ts';

/** The targets of an account's private keys; none where they stay in the key directory. */
export function deliveriesOf(
  session: Session,
  config: AccountConfig,
  guard: LockGuard,
): Pick<ReconcilePorts, 'deliveries'> {
  const { name: account, deliveries } = config;
  if (deliveries.length === 0) return {};
  const log = session.log.child({ account });
  const { scrub } = session.context.redaction;
  const shared = { account, guard, keyDirectory: keyDirectory(config, session.state.directory), log, scrub };
  const targets = deliveries.map(
    (delivery): KeyTarget =>
      delivery.kind === 'directory'
        ? new DirectoryTarget({ ...shared, ...delivery })
        : new ExecTarget({ ...shared, ...delivery }),
  );
  return { deliveries: { targets, turn: new Semaphore(1) } };
}
