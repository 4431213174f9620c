import { describe, expect, test } from 'vitest';
import { apiTokens } from '../../src/config/tokens.ts';
import { aSourceFile, problemsOf } from './a-source.ts';
import { load } from './load.ts';

/** A configuration with these tokens. */
function aTokenFile(daemon: readonly string[], sources: Readonly<Record<string, string>> = {}): string {
  const more = Object.entries(sources).map(
    ([name, planToken]) =>
      `  - name: ${name}\n    git: { url: https://git.example.com/acme/${name}.git, ref: { branch: main } }\n    planToken: ${planToken}\n`,
  );
  const text = aSourceFile().replace('accounts:', `${more.join('')}accounts:`);
  return `${text}daemon:\n${['listen: 127.0.0.1:0', ...daemon].map((line) => `  ${line}\n`).join('')}`;
}

describe('the tokens of the HTTP API', () => {
  test('are those of the daemon and those of sources', () => {
    const text = aTokenFile(['token: { env: ACT }', 'syncToken: { env: SYNC }'], { video: '{ env: PLAN }' });

    const config = load({ text, environment: { ACT: 'a', SYNC: 's', PLAN: 'p' } });

    expect(
      apiTokens(config).map(({ kind, setting, path, source, secret }) => [kind, setting, path, source, secret.read()]),
    ).toEqual([
      ['act', 'daemon.token', ['daemon', 'token'], undefined, 'a'],
      ['sync', 'daemon.syncToken', ['daemon', 'syncToken'], undefined, 's'],
      ['plan', 'sources.video.planToken', ['sources', 1, 'planToken'], 'video', 'p'],
    ]);
  });

  test('are hidden, watched, and in no manifest', () => {
    const text = aTokenFile(['approveToken: { file: approve }'], { video: '{ env: PLAN }' });

    const config = load({ text, environment: { PLAN: 'hunter22' }, files: { '/srv/approve': 'hunter33\n' } });

    expect(config.secretValues()).toEqual(['hunter22', 'hunter33']);
    expect(config.secretFiles).toEqual(['/srv/approve']);
    expect([...config.credentialVariables]).toEqual(expect.arrayContaining(['PLAN', 'PLAN_FILE']));
    expect(JSON.stringify(config)).not.toMatch(/hunter/);
  });

  test.each([
    {
      title: 'by where they come from',
      text: aTokenFile(['token: { env: ACT }', 'approveToken: { env: ACT }']),
      said: [
        /^v\.yaml:\d+:\d+: daemon\.approveToken: the same secret as daemon\.token: each needs a value of its own$/,
      ],
    },
    {
      title: 'by their values',
      text: aTokenFile(['readToken: { env: ACT }', 'approveToken: { env: OTHER }'], { video: '{ env: THIRD }' }),
      said: [
        /sources\.video\.planToken: the same secret as daemon\.readToken/,
        /daemon\.approveToken: the same secret as daemon\.readToken/,
      ],
    },
  ])('of different kinds must not be one, compared $title', ({ text, said }) => {
    const environment = { ACT: 'hunter22', OTHER: 'hunter22', THIRD: 'hunter22' };

    const { lines, all } = problemsOf(text, environment);

    expect(lines.toSorted()).toEqual(said.map((pattern) => expect.stringMatching(pattern)));
    expect(all).not.toContain('hunter22');
  });

  test.each([
    {
      title: 'a credential of an account',
      text: aTokenFile(['url: https://gitops.example.com', 'token: { env: VONAGE_API_SECRET }']),
      said: 'daemon.token: this is a credential of an account, which only Vonage may be sent',
    },
    {
      title: 'a secret for a git server',
      text: aTokenFile(['token: { env: GIT_TOKEN }']).replace(
        'ref:',
        'auth: { token: { env: GIT_TOKEN } }\n      ref:',
      ),
      said: 'daemon.token: this is a secret for a git server, which only that may be sent',
    },
    {
      title: 'a plan token that is such a credential',
      text: aTokenFile([], { video: '{ env: VONAGE_API_KEY }' }),
      said: 'sources.video.planToken: this is a credential of an account, which only Vonage may be sent',
    },
  ])('must not be $title: a pull request can change where they are sent', ({ text, said }) => {
    expect(problemsOf(text).lines).toEqual([expect.stringContaining(said)]);
  });

  test('of commands that ask a daemon are sent to no git server', () => {
    const auth = 'auth: { token: { env: VONAGE_GITOPS_DAEMON_TOKEN } }\n      ref:';
    const text = aTokenFile(['token: { env: VONAGE_GITOPS_DAEMON_TOKEN }']);

    expect(problemsOf(text).lines).toEqual([]);
    expect(problemsOf(aTokenFile([]).replace('ref:', auth)).lines).toEqual([
      expect.stringContaining('git.auth: this is the token for a daemon, which only that may be sent'),
    ]);
  });

  test('that are not there yet are not one', () => {
    expect(problemsOf(aTokenFile(['token: { env: ACT }', 'approveToken: { env: OTHER }'])).lines).toEqual([]);
  });

  test('are no secret of a webhook, which the git server has', () => {
    const text = aTokenFile(['token: { env: ACT }'], { video: '{ env: PLAN }' }).replace(
      '    planToken',
      '    webhook: { kind: gitlab, secret: { env: HOOK } }\n    planToken',
    );

    const { lines, all } = problemsOf(text, { ACT: 'hunter22', PLAN: 'p', HOOK: 'hunter22' });

    expect(lines).toEqual([
      expect.stringMatching(/sources\.video\.webhook\.secret: the same secret as daemon\.token: each needs/),
    ]);
    expect(all).not.toContain('hunter22');
  });

  test('may plan several sources', () => {
    const text = aTokenFile([], { video: '{ env: PLAN }', chat: '{ env: PLAN }' });

    expect(apiTokens(load({ text })).map(({ source }) => source)).toEqual(['video', 'chat']);
  });
});
