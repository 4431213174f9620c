import type { ErrorDetails } from '../error-details.ts';

/** Errors of where manifests come from; see errors.ts. */
export const sourceErrors = {
  E_SOURCE_UNREADABLE: {
    exit: 5,
    explain: (d: ErrorDetails) => `${d.path}: the manifests cannot be read: ${d.reason}. Nothing was changed`,
  },
  E_SOURCE_PATH: {
    exit: 5,
    explain: (d: ErrorDetails) => `${d.path || 'the top'} of commit ${d.commit}: ${d.reason}. Nothing was changed`,
  },
  E_SOURCE_TOO_LARGE: {
    exit: 5,
    explain: (d: ErrorDetails) =>
      `${d.path || 'the top of the repository'} has ${d.what}, more than the limit of ${d.most}. Nothing was changed. Name a path with less below it`,
  },
  E_SOURCE_STORE: {
    exit: 1,
    explain: (d: ErrorDetails) =>
      `${d.path}: the stored repository cannot be used: ${d.reason}. Nothing was changed. Remove the directory to fetch it again`,
  },
  E_SOURCE_SIGNERS: {
    exit: 5,
    explain: (d: ErrorDetails) =>
      `${d.path}: the keys of signers cannot be read: ${d.reason}. No commit is accepted until they can`,
  },
} as const;
