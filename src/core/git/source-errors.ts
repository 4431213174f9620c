import type { ErrorDetails } from '../error-details.ts';
import { shortId } from './commit-info.ts';

/** Errors of where manifests come from; see errors.ts. */
export const sourceErrors = {
  E_SOURCE_UNREADABLE: {
    exit: 5,
    explain: (d: ErrorDetails) => `${d.path}: the manifests cannot be read: ${d.reason}. Nothing was changed`,
  },
  E_SOURCE_NOT_FETCHED: {
    exit: 1,
    explain: (d: ErrorDetails) =>
      `${d.reason ?? `source ${d.source}: no commit was accepted yet, so nothing is changed. Fetch it with: vonage-gitops source fetch ${d.source}`}`,
  },
  E_SOURCE_FETCH: {
    exit: 1,
    explain: (d: ErrorDetails) => `${d.reason}${d.accepted === true ? '; --no-fetch reads it' : ''}`,
  },
  E_COMMIT_NOT_ON_BRANCH: {
    exit: 1,
    explain: (d: ErrorDetails) =>
      `commit ${shortId(String(d.commit))} is on no branch of ${d.repository}, so it is not planned: a plan shows live values, and anybody can fill the refs of pull requests. Push the commit to a branch first; one of a fork, a maintainer pushes after looking at it`,
  },
  E_SOURCE_PATH: {
    exit: 5,
    explain: (d: ErrorDetails) =>
      `${d.path || 'the top'} of commit ${shortId(String(d.commit))}: ${d.reason}. Nothing was changed`,
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
