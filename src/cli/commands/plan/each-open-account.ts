import { boundByPauses, type PauseOverride, pausesNow } from '../../../app/bound-by-pauses.ts';
import { eachAccount } from '../../../app/each-account.ts';
import { movingNames } from '../../../app/moved-names.ts';
import { type AccountPorts, type OpenAccountOptions, openAccount } from '../../../app/open-account.ts';
import { otherLedgerNotice } from '../../../app/other-ledger.ts';
import type { Session } from '../../../app/session.ts';
import type { AssertFetched } from '../../../app/source/fetch-sources.ts';
import { type Progress, startReading } from '../../progress.ts';

/** Does the work for every account, opened and bound by its pauses, one after another; `reading` is shown until it is stopped. */
export function eachOpenAccount(
  session: Session,
  {
    rules,
    ignorePause,
    assertFetched,
  }: PauseOverride & Pick<OpenAccountOptions, 'rules'> & { readonly assertFetched: AssertFetched },
  work: (account: AccountPorts, reading: Progress) => Promise<number>,
): Promise<number> {
  return eachAccount(session, async (config) => {
    assertFetched(config);
    const reading = startReading(session);
    const observe = () => reading.advance();
    const account = openAccount(session, config, {
      rules,
      movingNames: await movingNames(session, config),
      otherLedger: await otherLedgerNotice(session, config),
      observe,
    });
    try {
      if (ignorePause === true) return await work(account, reading);
      return await work(boundByPauses(session, account, await pausesNow(session, config.name)), reading);
    } finally {
      reading.stop();
      await account.close();
    }
  });
}
