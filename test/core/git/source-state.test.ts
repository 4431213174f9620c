import { describe, expect, test } from 'vitest';
import {
  type SourceFacts,
  sourceRefusals,
  sourceStates,
  sourceStateText,
  stateOfFailure,
} from '../../../src/core/git/source-state.ts';
import { gitFailures } from '../../../src/git/messages.ts';

const facts: SourceFacts = {
  name: 'voice',
  repository: 'git.example.com/acme/voice',
  ref: 'branch main',
  auth: 'token',
  accepted: '3f9c2e1',
};
const hostKey = { sent: 'SHA256:new', known: 'SHA256:old', file: '/etc/known hosts', line: 3 };

describe('the state of a source is told with its remedy, and with the commit that stays in effect', () => {
  test.each(sourceStates.filter((state) => state !== 'ok' && state !== 'path-missing'))('%s', (state) => {
    const text = sourceStateText(state, facts);

    expect(text).toMatch(/^source voice: .*git\.example\.com\/acme\/voice.*\. Commit 3f9c2e1 stays in effect$/);
    expect(text).not.toContain('undefined');
  });

  test.each(sourceRefusals)('refused: %s', (refusal) => {
    const text = sourceStateText('refused', { ...facts, refusal, tip: '77aa001', key: 'SHA256:k' });

    expect(text).toMatch(/^source voice: commit 77aa001 of git\.example\.com.*\. Commit 3f9c2e1 stays in effect$/);
  });

  test('without any accepted commit nothing is changed', () => {
    expect(sourceStateText('timeout', { ...facts, accepted: undefined })).toMatch(
      /No commit was accepted yet, so nothing is changed$/,
    );
    expect(sourceStateText('ok', { ...facts, accepted: undefined })).toContain('at commit unknown');
  });

  test('a commit that lacks the directory of an account is not what stays in effect for it', () => {
    expect(sourceStateText('path-missing', { ...facts, path: 'apps', tip: '3f9c2e1' })).toMatch(
      /^source voice: "apps" is missing in commit 3f9c2e1 .*\. What was applied last from the directory stays in effect$/,
    );
  });

  test('all is well', () => {
    expect(sourceStateText('ok', facts)).toBe(
      'source voice: branch main of git.example.com/acme/voice is at commit 3f9c2e1',
    );
  });

  test.each([
    { state: 'unauthorized', more: { auth: 'none' }, says: 'Set auth of the source' },
    { state: 'unauthorized', more: { auth: 'token' }, says: 'Check auth.token of the source' },
    { state: 'unauthorized', more: { auth: 'ssh-key' }, says: 'Check auth.sshKey of the source' },
    { state: 'unauthorized', more: { auth: 'github-app' }, says: 'Check auth.githubApp of the source' },
    { state: 'moved', more: { movedTo: 'https://x.example/a' }, says: 'set url of the source to https://x.example/a' },
    {
      state: 'host-key-changed',
      more: { hostKey },
      says: 'has key SHA256:new, and SHA256:old is known ("/etc/known hosts", line 3)',
    },
    {
      state: 'host-key-changed',
      more: { hostKey: { ...hostKey, known: undefined } },
      says: 'has key SHA256:new, and another one is known',
    },
    { state: 'ref-missing', more: {}, says: 'has no branch main' },
    { state: 'path-missing', more: { path: 'apps', tip: '77aa001' }, says: '"apps" is missing in commit 77aa001 of' },
    { state: 'path-missing', more: { path: 'apps' }, says: '"apps" is missing in git.example.com/acme/voice' },
    { state: 'refused', more: { refusal: 'unsigned' }, says: 'commit at branch main of' },
    { state: 'refused', more: { refusal: 'unknown-signer' }, says: 'that is not trusted. If' },
    { state: 'refused', more: { refusal: 'unknown-signer', key: 'SHA256:k' }, says: 'not trusted (SHA256:k). If' },
    { state: 'refused', more: { refusal: 'bad-signature' }, says: 'its content. Find' },
  ] as const)('$state with $more', ({ state, more, says }) => {
    expect(sourceStateText(state, { ...facts, ...more })).toContain(says);
  });
});

test('why a server was not asked is told instead', () => {
  const reason = 'source voice: no token. Set it in the file /none, which cannot be read';

  expect(sourceStateText('unauthorized', { ...facts, reason })).toBe(
    'source voice: git.example.com/acme/voice was not asked: no token. Set it in the file /none, which cannot be read. Commit 3f9c2e1 stays in effect',
  );
  expect(sourceStateText('unauthorized', { ...facts, auth: 'github-app', reason: 'the App is suspended' })).toContain(
    'was not asked: the App is suspended. Check auth.githubApp of the source, and that the App is installed',
  );
  expect(sourceStateText('timeout', { ...facts, reason: 'https://api.example.com: too late' })).toBe(
    'source voice: git.example.com/acme/voice was not asked: https://api.example.com: too late. Commit 3f9c2e1 stays in effect',
  );
});

test('every failure of git is a state', () => {
  for (const failure of gitFailures) expect(sourceStates).toContain(stateOfFailure(failure).state);
  expect(stateOfFailure('malformed')).toEqual({ state: 'refused', refusal: 'malformed' });
  expect(stateOfFailure('tls')).toEqual({ state: 'tls' });
});
