import { describe, expect, test } from 'vitest';
import { aSourceFile, problemsOf } from './a-source.ts';
import { load } from './load.ts';

const app = '{ githubApp: { appId: 1, installationId: 2, privateKey: { env: KEY } } }';
const key = '{ sshKey: { file: id }, knownHosts: { file: known_hosts } }';

/** A file with one source and these reports. */
function withReports(
  reports: readonly Readonly<Record<string, string>>[],
  source: Readonly<Record<string, string>> = {},
): string {
  const lines = reports.map((settings) => {
    const all = Object.entries({ kind: 'github', source: 'voice', token: '{ env: STATUS_TOKEN }', ...settings });
    return `  - { ${all.flatMap(([name, value]) => (value === '' ? [] : `${name}: ${value}`)).join(', ')} }\n`;
  });
  return `${aSourceFile(source)}reports:\n${lines.join('')}`;
}

const environment = { VONAGE_GITOPS_ALLOW_FILE_SOURCES: '1', STATUS_TOKEN: 'a-status-token' };

describe('a report is sent to the host of its source', () => {
  test.each([
    ['github', 'https://github.com/acme/voice.git', 'https://api.github.com', 'acme/voice'],
    ['github', 'git@github.com:acme/voice.git', 'https://api.github.com', 'acme/voice'],
    ['github', 'ssh://git@ssh.github.com:443/acme/voice.git', 'https://api.github.com', 'acme/voice'],
    ['github', 'https://acme.ghe.com/acme/voice', 'https://api.acme.ghe.com', 'acme/voice'],
    ['github', 'https://git.example.com:8443/acme/voice', 'https://git.example.com:8443/api/v3', 'acme/voice'],
    ['gitlab', 'https://gitlab.com/acme/team/voice.git', 'https://gitlab.com/api/v4', 'acme/team/voice'],
    ['gitlab', 'ssh://git@altssh.gitlab.com:443/acme/voice.git', 'https://gitlab.com/api/v4', 'acme/voice'],
    ['gitlab', 'ssh://git@git.example.com:2222/acme/voice.git', 'https://git.example.com/api/v4', 'acme/voice'],
    ['gitlab', 'http://127.0.0.1:8080/acme/voice.git', 'http://127.0.0.1:8080/api/v4', 'acme/voice'],
  ])('%s of %s: %s', (kind, url, apiUrl, repository) => {
    const isSsh = !url.startsWith('http');

    const { reports } = load({ text: withReports([{ kind }], isSsh ? { url, auth: key } : { url }) });

    expect(reports).toMatchObject([{ kind, apiUrl, repository, context: 'vonage-gitops' }]);
  });

  test('or where the configuration says', () => {
    const given = { kind: 'gitlab', apiUrl: 'https://git.example.com/sub/api/v4/', context: 'staging/vonage' };

    const { reports } = load({ text: withReports([given], { url: 'file:///srv/acme/voice.git' }), environment });

    expect(reports).toMatchObject([
      { apiUrl: 'https://git.example.com/sub/api/v4', repository: 'srv/acme/voice', context: 'staging/vonage' },
    ]);
  });
});

test('a GitHub App of the source stands in for a token', () => {
  const { reports } = load({ text: withReports([{ token: '' }], { auth: app }) });

  expect(reports[0]?.token).toBeUndefined();
});

test('its token is a secret like any other', () => {
  const { secretValues, credentialVariables } = load({ text: withReports([{}]), environment });

  expect(secretValues()).toContain('a-status-token');
  expect(credentialVariables).toContain('STATUS_TOKEN');
});

describe('a report is refused, with its place', () => {
  test.each([
    [{ source: 'voise' }, {}, 'reports.0.source: no source has this name (did you mean "voice"?)'],
    [{ kind: 'bitbucket' }, {}, 'reports.0.kind: '],
    [{ kind: 'gitlab', token: '' }, {}, 'reports.0.token: missing: expected { env: NAME } or { file: PATH }'],
    [{ token: '' }, {}, 'reports.0.token: missing: expected { env: NAME } or { file: PATH }, or auth.githubApp'],
    [{ token: 'hunter22' }, {}, 'reports.0.token: secrets are not allowed in this file'],
    [{ token: '{ env: VONAGE_API_SECRET }' }, {}, 'reports.0.token: this is a credential of an account'],
    [{ token: '{ env: VONAGE_GITOPS_DAEMON_TOKEN }' }, {}, 'reports.0.token: this is the token for a daemon'],
    [{ token: '', apiUrl: 'https://x.example' }, { auth: app }, 'reports.0.apiUrl: tokens of the App are for the host'],
    [{ apiUrl: 'http://git.example.com' }, {}, 'reports.0.apiUrl: http is not encrypted: use https'],
    [{ apiUrl: 'https://me:hunter22@x.example' }, {}, 'reports.0.apiUrl: expected an https URL without user name'],
    [{ apiUrl: 'ftp://x.example' }, {}, 'reports.0.apiUrl: expected an https URL, such as'],
    [{ apiUrl: 'x.example' }, {}, 'reports.0.apiUrl: expected an https URL, such as'],
    [{ kind: 'gitlab' }, { url: 'file:///srv/voice.git' }, 'reports.0.apiUrl: missing: the source is a directory'],
    [{}, { url: 'https://github.com/voice.git' }, 'reports.0.kind: a repository at GitHub is OWNER/NAME'],
    [{ context: '"two words"' }, {}, 'reports.0.context: expected at most 100 letters, digits and signs'],
  ])('%j at %j: %s', (report, source, expected) => {
    const { lines, all } = problemsOf(withReports([report], source), environment);

    expect(lines).toEqual([expect.stringContaining(expected)]);
    expect(all).not.toContain('hunter22');
  });

  test('that sends a token of the daemon', () => {
    const text = `${withReports([{}])}daemon: { token: { env: STATUS_TOKEN } }\n`;

    expect(problemsOf(text, environment).lines).toEqual([
      expect.stringContaining('reports.0.token: this is a secret by which callers'),
    ]);
  });

  test('that sets the statuses of another one', () => {
    const reports = [{}, { kind: 'gitlab' }, { context: 'other' }, {}];

    expect(problemsOf(withReports(reports)).lines).toEqual([
      expect.stringContaining('reports.3.context: an earlier report sets the same statuses'),
    ]);
  });
});
