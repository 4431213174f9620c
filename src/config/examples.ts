import type { Path } from '../core/manifest/schema.ts';

/** How a key is written, by its path without positions: for a value of the wrong type. */
const examples: ReadonlyMap<string, string> = new Map([
  ['', 'apiVersion: vonage-gitops/v1, kind: Config, accounts: [...]'],
  ['accounts', '- name: main, with everything else of the account below name'],
  ['accounts.interval', '{ seconds: 300 }'],
  ['accounts.deletes', '{ max: 3 }'],
  ['accounts.updates', '{ maxPercent: 50 }'],
  ['accounts.creates', '{ settleSeconds: 30 }'],
  ['accounts.keys', '{ mode: generate }'],
  ['accounts.scope', '{ names: ["support-*"] }'],
  ['accounts.limits', '{ pages: 1000 }'],
  ['accounts.variables', '{ HOST: voice.example.com }'],
  ['accounts.environment', '[HOST]'],
  ['accounts.exclude', '["drafts/**"]'],
  ['sources', '- name: main, with git: {...} below name'],
  ['sources.git', '{ url: https://git.example.com/team/config.git, ref: { branch: main } }'],
  ['sources.git.ref', '{ branch: main }'],
  ['sources.git.auth', '{ token: { env: GIT_TOKEN } }'],
  ['sources.git.auth.sshKey', '{ file: PATH }'],
  ['sources.git.auth.knownHosts', '{ file: PATH }'],
  ['sources.git.verify', '{ allowedSigners: FILE }'],
  ['sources.git.verify.gpgKeys', '[FILE]'],
  ['sources.git.interval', '{ seconds: 60 }'],
  ['sources.git.staleAfter', '{ seconds: 3600 }'],
  ['sources.webhook', '{ kind: github, secret: { env: WEBHOOK_SECRET } }'],
  ['daemon', '{ listen: 127.0.0.1:8080 }'],
  ['daemon.listen', '127.0.0.1:8080'],
  ['daemon.hosts', '[gitops.example.com]'],
  ['daemon.watch', '{ mode: poll }'],
  ['daemon.notifications', '[{ kind: slack, url: { env: SLACK_URL } }]'],
]);

/** `. Write it as { max: 3 }`, or nothing where a key needs no example. */
export function exampleOf(path: Path): string {
  const example = examples.get(path.filter((step) => typeof step === 'string').join('.'));
  return example === undefined ? '' : `. Write it as ${example}`;
}
