import type { AccountConfig } from '../../config/account.ts';

/** What to check where an account has no manifests at all. */
export function emptyRemedy({ source }: Pick<AccountConfig, 'source'>): string {
  return source === undefined
    ? 'check the directory and that the checkout is complete'
    : `check path of the account's manifests, and what is accepted with "vonage-gitops source show ${source.name}"`;
}
