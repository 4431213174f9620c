import type { DaemonConfig } from './daemon.ts';
import type { CheckedFile, ConfigProblem } from './problems.ts';
import { isSameSecret, type Secret } from './secret.ts';
import type { SourceConfig } from './source.ts';

/** What a bearer token of the HTTP API is for. */
export type TokenKind = 'act' | 'read' | 'sync' | 'approve' | 'plan';

/** A bearer token of the HTTP API. */
export interface ApiToken {
  readonly kind: TokenKind;
  readonly secret: Secret;
  /** What the setting that has it is called, such as `daemon.token` or `sources.voice.planToken`. */
  readonly setting: string;
  /** Where that stands in the file. */
  readonly path: readonly (string | number)[];
  /** The source whose accounts a token that plans is for; undefined of all other tokens. */
  readonly source?: string;
}

/** What of a configuration has tokens. */
interface WithTokens {
  readonly daemon: Pick<DaemonConfig, 'token' | 'readToken' | 'syncToken' | 'approveToken'>;
  readonly sources: readonly Pick<SourceConfig, 'name' | 'planToken'>[];
}

interface WithCallers extends WithTokens {
  readonly sources: readonly Pick<SourceConfig, 'name' | 'planToken' | 'webhook'>[];
}

/** All tokens that a configuration has for the HTTP API; without any, the API is off. */
export function apiTokens({ daemon, sources }: WithTokens): readonly ApiToken[] {
  const { token, readToken, syncToken, approveToken } = daemon;
  const ofDaemon = [
    { kind: 'act' as const, key: 'token', secret: token },
    { kind: 'read' as const, key: 'readToken', secret: readToken },
    { kind: 'sync' as const, key: 'syncToken', secret: syncToken },
    { kind: 'approve' as const, key: 'approveToken', secret: approveToken },
  ].flatMap(({ kind, key, secret }) =>
    secret === undefined ? [] : [{ kind, secret, setting: `daemon.${key}`, path: ['daemon', key] }],
  );
  const ofSources = sources.flatMap(({ name: source, planToken: secret }, index) => {
    const named = { setting: `sources.${source}.planToken`, path: ['sources', index, 'planToken'] };
    return secret === undefined ? [] : [{ kind: 'plan' as const, secret, ...named, source }];
  });
  return [...ofDaemon, ...ofSources];
}

/** A secret by which others show who they are: a token, or what a webhook is signed with. */
interface CallerSecret extends Pick<ApiToken, 'secret' | 'setting' | 'path'> {
  readonly kind: TokenKind | 'webhook';
}

/** All secrets by which others show who they are. Each is known to somebody, who must know no other secret by it. */
export function secretsOfCallers(config: WithCallers): readonly CallerSecret[] {
  const webhooks = config.sources.flatMap(({ name, webhook }, index) => {
    const named = { setting: `sources.${name}.webhook.secret`, path: ['sources', index, 'webhook', 'secret'] };
    return webhook === undefined ? [] : [{ kind: 'webhook' as const, secret: webhook.secret, ...named }];
  });
  return [...apiTokens(config), ...webhooks];
}

/** Secrets of callers for different purposes that are one. Sources may share what plans them, and what their webhooks are signed with. */
export function sharedTokens(config: WithCallers, problemAt: CheckedFile['problemAt']): readonly ConfigProblem[] {
  const all = secretsOfCallers(config);
  return all.flatMap(({ kind, secret, path }, index) => {
    const twin = all.slice(0, index).find((earlier) => earlier.kind !== kind && isSameSecret(earlier.secret, secret));
    if (twin === undefined) return [];
    return [problemAt(path, `the same secret as ${twin.setting}: each needs a value of its own`)];
  });
}
