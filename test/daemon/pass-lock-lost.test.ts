import { expect, test } from 'vitest';
import { ReconcilerError } from '../../src/core/errors.ts';
import type { ReconcilableAccount } from '../../src/pass/account.ts';
import { runPass } from '../../src/pass/pass.ts';
import { passResult } from '../../src/pass/pass-result.ts';
import { aManifest } from '../builders.ts';
import { approvalsInMemory, aSpec } from './fakes.ts';

const nothingPaused = {
  pauses: { applications: {} },
  gate: { enter: async () => ({ outcome: 'entered', leave: () => undefined }) as const },
  approvals: approvalsInMemory(),
};

/** An account with one application to create, whose writer's lock is lost, or not, when the work is done. */
async function anAccount(lost: boolean): Promise<ReconcilableAccount> {
  const spec = aSpec();
  spec.fake.declare(aManifest());
  const whileWriting: ReconcilableAccount['whileWriting'] = async (_signal, work) => {
    const lock = new AbortController();
    const result = await work(lock.signal);
    if (lost) lock.abort(new ReconcilerError('E_LOCK_LOST', { path: 'writer.lock', reason: 'it was taken over' }));
    return result;
  };
  return { ...(await spec.open()), whileWriting };
}

test.each([
  { title: 'kept its lock', lost: false, result: 'succeeded' },
  { title: 'lost its lock after its last change: what it recorded may be lost', lost: true, result: 'partly' },
])('a pass that applied everything and $title ends with $result', async ({ lost, result }) => {
  const end = await runPass(await anAccount(lost), nothingPaused, new AbortController().signal);

  expect(end.results).toMatchObject([{ outcome: 'applied' }]);
  expect(passResult(end)).toBe(result);
});

test('a daemon that is asked to stop during a pass has not lost a lock', async () => {
  const stop = new AbortController();
  const account = await anAccount(true);
  stop.abort(new Error('received SIGTERM'));

  const end = await runPass({ ...account, whileWriting: (signal, work) => work(signal) }, nothingPaused, stop.signal);

  expect(end.lockLost).toBeUndefined();
});
