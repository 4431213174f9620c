import type { GitEnd } from './program.ts';

/** What came of asking a git server, in a word. */
export const gitFailures = [
  'unauthorized',
  'not-found',
  'moved',
  'host-key-unknown',
  'host-key-changed',
  'unreachable',
  'timeout',
  'tls',
  'ref-missing',
  'disk-full',
  'malformed',
  'locked',
  'other',
] as const;

/** See {@link gitFailures}. */
export type GitFailure = (typeof gitFailures)[number];

/**
 * What git, ssh and curl say, with LC_ALL=C. The first that fits counts: ssh says of nearly everything "Could not read from remote
 * repository", and a lost connection is told in several lines. Seen with git 2.39 (GnuTLS) and OpenSSH 9.2.
 */
const messages: readonly (readonly [GitFailure, RegExp])[] = [
  ['disk-full', /No space left on device|Disk quota exceeded/],
  ['host-key-changed', /REMOTE HOST IDENTIFICATION HAS CHANGED/],
  ['host-key-unknown', /Host key verification failed|host key is known for/],
  ['locked', /Unable to create '.*\.lock': File exists|is at .* but expected/],
  [
    'malformed',
    /\bfsck error\b|error in object|mismatched algorithms|index-pack abnormal exit|unpack-objects abnormal exit/,
  ],
  ['tls', /certificate|\bSSL\b|\bTLS\b|gnutls/i],
  [
    'unauthorized',
    /Authentication failed|could not read (Username|Password)|Permission denied \(|returned error: 40[13]\b/,
  ],
  ['moved', /returned error: 30\d\b|unable to update url base from redirection/],
  [
    'not-found',
    /repository '.*' not found|Repository not found|does not appear to be a git repository|returned error: (404|410)\b|not valid: is this a git repository/,
  ],
  ['timeout', /timed out|Operation too slow|Timeout was reached/i],
  ['ref-missing', /couldn't find remote ref|Remote branch .* not found|not our ref|unadvertised object/],
  [
    'unreachable',
    /Could not resolve|Failed to connect|Connection (refused|reset|closed)|No route to host|Network is unreachable|Empty reply|returned error: (5\d\d|429)\b|early EOF|unexpected disconnect|RPC failed|hung up unexpectedly|proxy after CONNECT|CONNECT tunnel failed|Proxy CONNECT aborted|transfer closed|Recv failure|Send failure|Could not connect/i,
  ],
];

/** Why a run of git failed; undefined when it did not. `ls-remote --exit-code` ends with 2 when the server has no such ref. */
export function gitFailureOf(end: GitEnd): GitFailure | undefined {
  switch (end.ended) {
    case 'not-started':
      return 'other';
    case 'killed':
      return end.why === 'timeout' ? 'timeout' : (failureIn(end.said) ?? 'other');
    case 'exit': {
      if (end.code === 0) return undefined;
      if (end.code === 2 && end.said === '') return 'ref-missing';
      return failureIn(end.said) ?? 'other';
    }
  }
}

function failureIn(said: string): GitFailure | undefined {
  return messages.find(([, pattern]) => pattern.test(said))?.[0];
}
