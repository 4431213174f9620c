import type { ErrorDetails } from './error-details.ts';

/** Errors of plans that were approved; see errors.ts. */
export const planErrors = {
  E_PLAN_FILE_INVALID: {
    exit: 5,
    explain: (d: ErrorDetails) =>
      `${d.file}: not a plan this version can apply: ${d.reason}. Create a new one with plan --out FILE`,
  },
  E_PLAN_OTHER_ACCOUNT: {
    exit: 5,
    explain: (d: ErrorDetails) =>
      `${d.file}: the plan was made for another API key or host (account ${d.planned}) than those of account ${d.account}. Nothing was changed. Use those it was made for, or plan again`,
  },
  E_PLAN_CHANGED: {
    exit: 3,
    explain: (d: ErrorDetails) =>
      `${d.account}: the plan is not the approved one, nothing was changed: ${d.planHash === undefined ? 'now there is nothing to approve' : `its hash is now ${d.planHash}`}. Look at the new plan, then approve that`,
  },
} as const;
