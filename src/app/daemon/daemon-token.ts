import { readIfPresent } from '../../config/secret.ts';
import { apiTokens } from '../../config/tokens.ts';
import { ReconcilerError } from '../../core/errors.ts';
import { hasRole, type Role } from '../../http/routes.ts';
import type { Session } from '../session.ts';
import type { DaemonAddress } from './daemon-address.ts';

/** What a token is for. */
export interface TokenUse {
  readonly role: Role;
  /** The git source it is about, as far as that is known: a token that plans is for one. */
  readonly source?: string | undefined;
}

const variable = 'VONAGE_GITOPS_DAEMON_TOKEN';

/**
 * The token for a request: that of the environment, else one of the configuration. Undefined where the daemon was only looked for: it
 * says itself what it wants.
 * @throws {ReconcilerError} E_USAGE when two are given, E_CREDENTIALS_MISSING when a daemon was named and there is none for it
 */
export function daemonToken(
  { config, context }: Session,
  { url, named, trusted }: DaemonAddress,
  use: TokenUse,
): string | undefined {
  assertOnlyOne(context.environment);
  const { clientToken } = config.daemon;
  if (clientToken !== undefined) return clientToken.read();
  const configured = configuredToken(config, use);
  if (trusted && configured !== undefined) return configured;
  if (!named) return undefined;
  const elsewhere = trusted ? '' : '. Tokens of the configuration are sent only to daemon.url and to this machine';
  const remedy = `${variable}, or ${variable}_FILE to the path of a file that holds it${elsewhere}`;
  throw new ReconcilerError('E_CREDENTIALS_MISSING', { account: url, what: 'token of the daemon', remedy });
}

function assertOnlyOne(environment: Session['context']['environment']): void {
  if (!environment[variable] || !environment[`${variable}_FILE`]) return;
  throw new ReconcilerError('E_USAGE', { message: `${variable} and ${variable}_FILE are both set: unset one of them` });
}

/** The one that may do least of those that may do this. */
function configuredToken(config: Session['config'], { role, source }: TokenUse): string | undefined {
  const able = apiTokens(config).filter(
    (token) => hasRole(token, role) && (token.source === undefined || source === undefined || token.source === source),
  );
  const [token] = [...able.filter(({ kind }) => kind !== 'act'), ...able].flatMap(
    ({ secret }) => readIfPresent(secret) ?? [],
  );
  return token;
}
