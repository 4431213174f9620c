import { resolve } from 'node:path';
import type { Ref } from '../core/git/ref.ts';
import { parseRepositoryAddress, type RepositoryAddress } from '../core/git/repository-address.ts';
import { sshPathProblem } from '../core/git/ssh-path.ts';
import type { WebhookKind } from '../core/git/webhook-kind.ts';
import type { CheckedFile, ConfigProblem } from './problems.ts';
import { type Environment, type Secret, type SecretReader, secretOf } from './secret.ts';
import type { SourceFile } from './source-schema.ts';

/** How a repository is accessed. Files are absolute paths. */
type SourceAuth =
  | { readonly kind: 'token'; readonly token: Secret }
  | { readonly kind: 'ssh-key'; readonly file: string; readonly knownHosts: string }
  | {
      readonly kind: 'github-app';
      readonly appId: number;
      readonly installationId: number;
      readonly privateKey: Secret;
    };

/** A git repository at one ref, that accounts take their manifests from. */
export interface SourceConfig {
  readonly name: string;
  readonly address: RepositoryAddress;
  readonly ref: Ref;
  /** Undefined for a public repository. */
  readonly auth: SourceAuth | undefined;
  /** Absolute path of a file of certificates of authorities. */
  readonly ca: string | undefined;
  /** Undefined where no signature is asked for. */
  readonly verify: SourceVerify | undefined;
  /** Whether a tag that points elsewhere is refused. */
  readonly immutableTags: boolean;
  /** Whether the first fetch is of all commits, or of the latest one only. */
  readonly history: 'full' | 'shallow';
  readonly intervalSeconds: number;
  /** From 0 to 100. */
  readonly jitterPercent: number;
  /** Of a whole fetch. */
  readonly timeoutMs: number;
  /** How long fetching may fail before it is told. */
  readonly staleAfterMs: number;
  readonly maxRepositoryMiB: number;
  /** Bearer token of the HTTP API, for plans of commits of this source. */
  readonly planToken: Secret | undefined;
  /** By what its server reports a push. */
  readonly webhook: WebhookConfig | undefined;
}

/** Who sends the webhooks of a source, and what they are signed with. */
export interface WebhookConfig {
  readonly kind: WebhookKind;
  readonly secret: Secret;
}

/** Which signatures are asked for, and whose. Files are absolute paths; there is at least one. */
interface SourceVerify {
  readonly mode: 'head' | 'tag' | 'all';
  readonly allowedSigners: string | undefined;
  readonly gpgKeys: readonly string[];
  /** Whether a commit may be accepted that does not descend from the one before. */
  readonly allowRewind: boolean;
}

/** The source a checked entry of the file describes. */
export function sourceConfig({ name, git, planToken, webhook }: SourceFile, reader: SecretReader): SourceConfig {
  const { url, ref, auth, ca, verify, interval, history, timeoutSeconds, staleAfter, maxRepositoryMiB } = git;
  return {
    name,
    address: url,
    ref,
    auth: auth && authOf(auth, name, reader),
    ca: pathOf(ca, reader),
    verify: verify && {
      mode: verify.mode,
      allowedSigners: pathOf(verify.allowedSigners, reader),
      gpgKeys: (verify.gpgKeys ?? []).map((file) => resolve(reader.base, file)),
      allowRewind: git.allowRewind ?? false,
    },
    immutableTags: git.immutableTags ?? ref.kind === 'semver',
    history,
    intervalSeconds: interval.seconds,
    jitterPercent: interval.jitterPercent,
    timeoutMs: timeoutSeconds * 1000,
    staleAfterMs: staleAfter.seconds * 1000,
    maxRepositoryMiB,
    planToken: planToken && secretOf(planToken, `source ${name}`, 'plan token', reader),
    webhook: webhook && {
      kind: webhook.kind,
      secret: secretOf(webhook.secret, `source ${name}`, 'webhook secret', reader),
    },
  };
}

function pathOf(file: string | undefined, { base }: SecretReader): string | undefined {
  return file === undefined ? undefined : resolve(base, file);
}

function authOf(auth: NonNullable<SourceFile['git']['auth']>, name: string, reader: SecretReader): SourceAuth {
  const owner = `source ${name}`;
  switch (auth.kind) {
    case 'token':
      return { kind: 'token', token: secretOf(auth.token, owner, 'token', reader) };
    case 'github-app':
      return { ...auth, privateKey: secretOf(auth.privateKey, owner, 'private key of the GitHub App', reader) };
    case 'ssh-key':
      return {
        kind: 'ssh-key',
        file: resolve(reader.base, auth.file),
        knownHosts: resolve(reader.base, auth.knownHosts),
      };
  }
}

/** All secrets of a source. */
export function sourceSecrets(source: SourceConfig): readonly Secret[] {
  return [...accessSecrets(source), ...callerSecrets(source)];
}

/** The secrets by which those who ask the daemon about a source show who they are. */
export function callerSecrets({ planToken, webhook }: SourceConfig): readonly Secret[] {
  return [planToken, webhook?.secret].filter((secret) => secret !== undefined);
}

/** The secrets that are sent to the server of a source. */
export function accessSecrets({ auth }: SourceConfig): readonly Secret[] {
  if (auth === undefined || auth.kind === 'ssh-key') return [];
  return [auth.kind === 'token' ? auth.token : auth.privateKey];
}

/** A configuration can be changed by a pull request, so only the environment can allow a directory of this machine. */
const allowFileVariable = 'VONAGE_GITOPS_ALLOW_FILE_SOURCES';

/** What no entry shows by itself: addresses that this environment does not allow, and whole paths that ssh cannot be given. */
export function sourceProblems(
  sources: readonly SourceConfig[],
  environment: Environment,
  problemAt: CheckedFile['problemAt'],
): readonly ConfigProblem[] {
  const allowFile = environment[allowFileVariable] === '1';
  return sources.flatMap(({ address, auth }, index) => {
    const allowed = parseRepositoryAddress(address.url, { allowFile });
    const found = [
      { path: ['url'], problem: 'problem' in allowed ? allowed.problem : undefined },
      ...(auth?.kind === 'ssh-key' ? pathProblems(auth) : []),
    ];
    return found.flatMap(({ path, problem }) =>
      problem === undefined ? [] : [problemAt(['sources', index, 'git', ...path], problem)],
    );
  });
}

function pathProblems({ file, knownHosts }: Extract<SourceAuth, { readonly kind: 'ssh-key' }>) {
  return [
    { path: ['auth', 'sshKey', 'file'], problem: sshPathProblem(file) },
    { path: ['auth', 'knownHosts', 'file'], problem: sshPathProblem(knownHosts) },
  ];
}
