import type { AccountConfig } from '../config/account.ts';
import type { AccountPorts } from './open-account.ts';
import type { Session } from './session.ts';
import { version } from './version.ts';

/** The account's name where there are several; alone it would be noise. */
export function accountLabel({ config }: Session, account: AccountConfig): { readonly account?: string } {
  return config.accounts.length > 1 ? { account: account.name } : {};
}

/** Who wrote a document, and about which account. */
export function documentContext({ config, accountHash }: AccountPorts) {
  return { program: version, account: config.name, accountHash };
}
