import { quoted } from '../render/visible.ts';
import type { FailureFacts } from './failure-facts.ts';

/** How a git source is, in a word. `refused` goes with one of {@link sourceRefusals}. */
export const sourceStates = [
  'ok',
  'unreachable',
  'unauthorized',
  'not-found',
  'moved',
  'host-key-unknown',
  'host-key-changed',
  'tls',
  'timeout',
  'ref-missing',
  'path-missing',
  'refused',
  'disk-full',
  'locked',
  'other',
] as const;

/** See {@link sourceStates}. */
export type SourceState = (typeof sourceStates)[number];

/** Why the commit at the server is not accepted. */
export const sourceRefusals = [
  'unsigned',
  'unknown-signer',
  'bad-signature',
  'rewound',
  'tag-moved',
  'too-large',
  'malformed',
] as const;

/** See {@link sourceRefusals}. */
export type SourceRefusal = (typeof sourceRefusals)[number];

/** What a source is, and what is known of its state. */
export interface SourceFacts extends FailureFacts {
  /** Of the source, in the configuration. */
  readonly name: string;
  /** What the repository is called, such as `git.example.com/acme/voice`. */
  readonly repository: string;
  /** What is followed, such as `branch main`. */
  readonly ref: string;
  readonly auth: 'none' | 'token' | 'ssh-key' | 'github-app';
  /** The commit that was accepted last, shortened; undefined before the first one. */
  readonly accepted?: string | undefined;
  /** The commit at the server, shortened. */
  readonly tip?: string | undefined;
  /** Why it is refused. */
  readonly refusal?: SourceRefusal | undefined;
  /** The key that signed a refused commit. */
  readonly key?: string | undefined;
  /** The directory that is missing in the commit. */
  readonly path?: string | undefined;
}

type Texts<Name extends string> = Readonly<Record<Name, (facts: SourceFacts) => string>>;

/** What happened, and what to do about it: which setting, or what at the server. */
const texts: Texts<Exclude<SourceState, 'ok' | 'refused'>> = {
  unreachable: ({ repository }) =>
    `the server of ${repository} cannot be reached. Check url of the source, the network and HTTPS_PROXY`,
  unauthorized: ({ repository, auth }) => `${repository}: access is denied. ${credentialsRemedy[auth]}`,
  'not-found': ({ repository }) =>
    `${repository} does not exist, or is hidden from these credentials. Check url and auth of the source`,
  moved: ({ repository, movedTo }) =>
    movedTo === undefined
      ? `the server redirects requests for ${repository} elsewhere, and redirects are not followed. Set url of the source to the new address, or check auth: a page to log in may be the target`
      : `${repository} has moved. If that is right, set url of the source to ${movedTo}`,
  'host-key-unknown': ({ repository }) =>
    `the key of the host of ${repository} is not in the file of known hosts. Add it to auth.knownHosts of the source, after comparing it with what the operator of the host publishes`,
  'host-key-changed': ({ repository, hostKey }) =>
    hostKey === undefined
      ? `the host of ${repository} has another key than the known one. ${hostKeyRemedy}`
      : `the host of ${repository} has key ${hostKey.sent}, and ${hostKey.known ?? 'another one'} is known (${quoted(hostKey.file)}, line ${hostKey.line}). ${hostKeyRemedy}`,
  tls: ({ repository }) =>
    `the certificate of the server of ${repository} is not trusted. Set ca of the source to the file of its certificate authority, or NODE_EXTRA_CA_CERTS`,
  timeout: ({ repository }) =>
    `the server of ${repository} took too long. Check the server and the network, or raise timeoutSeconds of the source`,
  'ref-missing': ({ repository, ref }) =>
    `${repository} has no ${ref}. If it was renamed or deleted, set ref of the source; nothing is deleted because of it`,
  'path-missing': ({ repository, path = '', tip }) =>
    `${quoted(path)} is missing ${tip === undefined ? `in ${repository}` : `in commit ${tip} of ${repository}`}. If it was moved, set path of the account's manifests; nothing is deleted because of it`,
  'disk-full': ({ repository }) =>
    `there is not enough space on the disk to fetch ${repository}. Free some where the state directory is`,
  locked: ({ repository }) =>
    `the stored repository of ${repository} is used by another process. If that does not end, check for a second daemon on this state directory`,
  other: ({ repository }) => `git could not fetch ${repository}. The log has its message`,
};

const hostKeyRemedy =
  'Someone may be in between. If the operator of the host has announced a new key, replace it in auth.knownHosts of the source';

const credentialsRemedy: Readonly<Record<SourceFacts['auth'], string>> = {
  none: 'Set auth of the source, or check url',
  token: 'Check auth.token of the source: it may have expired, or lack the right to read the repository',
  'ssh-key':
    'Check auth.sshKey of the source: the server must know its public key, and no one but its owner may read the file',
  'github-app':
    'Check auth.githubApp of the source, and that the App is installed for this repository with the right to read contents',
};

const refusals: Texts<SourceRefusal> = {
  unsigned: () => 'is not signed. Sign it, or push a signed commit on top',
  'unknown-signer': ({ key }) =>
    `is signed by a key that is not trusted${key ? ` (${key})` : ''}. If it should be, add it to verify of the source`,
  'bad-signature': ({ key }) =>
    `has a signature that does not match its content${key ? ` (key ${key})` : ''}. Find out who pushed it`,
  rewound: () =>
    'does not build on the accepted one. Push a commit that does, or set allowRewind of the source if that is intended',
  'tag-moved': () =>
    'is where a tag points now that pointed elsewhere before. Use a new tag, or set immutableTags: false',
  'too-large': () => 'has more than the limits allow. Set path of the manifests to a directory with less below it',
  malformed: () => 'or an object it needs is malformed: git fsck in the repository says which',
};

/** How a source is, for people: what happened, what to do, and which commit stays in effect. */
export function sourceStateText(state: SourceState, facts: SourceFacts): string {
  const { name, repository, ref, accepted } = facts;
  if (state === 'ok') return `source ${name}: ${ref} of ${repository} is at commit ${accepted ?? 'unknown'}`;
  const what = state === 'refused' ? refusalText(facts) : (unasked(state, facts) ?? texts[state](facts));
  return `source ${name}: ${what}. ${effectOf(state, accepted)}`;
}

function effectOf(state: SourceState, accepted: string | undefined): string {
  if (accepted === undefined) return 'No commit was accepted yet, so nothing is changed';
  // The commit is accepted, and lacks the directory.
  if (state === 'path-missing') return 'What was applied last from the directory stays in effect';
  return `Commit ${accepted} stays in effect`;
}

/** What kept us from asking the server; undefined when it was asked. */
function unasked(state: SourceState, { name, repository, reason, auth }: SourceFacts): string | undefined {
  if (reason === undefined) return undefined;
  // A token that is missing is all that can be wrong with one before the server sees it, and the reason says where to set it.
  const remedy = state === 'unauthorized' && auth !== 'token' ? `. ${credentialsRemedy[auth]}` : '';
  return `${repository} was not asked: ${reason.replace(`source ${name}: `, '')}${remedy}`;
}

function refusalText(facts: SourceFacts): string {
  const { repository, ref, tip, refusal = 'malformed' } = facts;
  return `commit ${tip ?? `at ${ref}`} of ${repository} ${refusals[refusal](facts)}`;
}

/** The state that goes with a failure to fetch: what the server sent may be what is wrong. */
export function stateOfFailure(failure: Exclude<SourceState, 'ok' | 'refused' | 'path-missing'> | 'malformed'): {
  readonly state: SourceState;
  readonly refusal?: SourceRefusal;
} {
  return failure === 'malformed' ? { state: 'refused', refusal: 'malformed' } : { state: failure };
}
