import { type AccountPorts, openAccount } from '../../src/app/open-account.ts';
import { oneAccount, openSession } from '../../src/app/session.ts';
import { everything, noOverrides } from '../../src/core/plan/policy.ts';
import { type Bench, testWorld } from './world.ts';

/** The ports of the bench's account, as commands get them. */
export async function openBench({ cwd, environment, state }: Bench): Promise<AccountPorts> {
  const { context } = testWorld({ cwd, environment });
  const session = await openSession({ context, options: { state, color: 'never', logLevel: 'silent' } });
  const rules = { selection: everything, overrides: noOverrides, whenStale: 'refuse' } as const;
  return openAccount(session, oneAccount(session), { rules });
}

/** Does the work with the ports of the bench's account, its ledger loaded. */
export async function withAccount<Result>(
  bench: Bench,
  work: (account: AccountPorts) => Promise<Result>,
): Promise<Result> {
  const account = await openBench(bench);
  try {
    await account.ledger.load();
    return await work(account);
  } finally {
    await account.close();
  }
}
