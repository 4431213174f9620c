import { eachAccount } from '../../../app/each-account.ts';
import { movingNames } from '../../../app/moved-names.ts';
import { type AccountPorts, type OpenAccountOptions, openAccount } from '../../../app/open-account.ts';
import type { Session } from '../../../app/session.ts';
import { type Progress, startReading } from '../../progress.ts';

/** Does the work for every account, opened, one after another; `reading` is shown until it is stopped. */
export function eachOpenAccount(
  session: Session,
  rules: OpenAccountOptions['rules'],
  work: (account: AccountPorts, reading: Progress) => Promise<number>,
): Promise<number> {
  return eachAccount(session, async (config) => {
    const reading = startReading(session.context.stderr);
    const observe = () => reading.advance();
    const account = openAccount(session, config, { rules, movingNames: await movingNames(session, config), observe });
    try {
      return await work(account, reading);
    } finally {
      reading.stop();
      await account.close();
    }
  });
}
