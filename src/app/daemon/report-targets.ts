import type { Secret } from '../../config/secret.ts';
import type { ReportConfig } from '../../config/source/report.ts';
import { messageOf, ReconcilerError } from '../../core/errors.ts';
import { AppTokens } from '../../forge/app-token.ts';
import { CommitStatuses, type StatusTokens } from '../../forge/commit-statuses.ts';
import type { Send } from '../../net/request.ts';
import { sender } from '../../net/request.ts';
import type { ReportTarget } from '../../status/report-outbox.ts';
import { proxySettings } from '../proxy-settings.ts';
import type { Session } from '../session.ts';
import { userAgent } from '../version.ts';

/** Longest that a request may take, in milliseconds. */
const timeoutMs = 10_000;

/** Where the daemon reports what came of commits. */
export class ReportTargets {
  /** Tokens of an App are kept for as long as its configuration. */
  readonly #made = new WeakMap<ReportConfig, CommitStatuses>();

  /** As this session is configured. */
  of(session: Session): readonly ReportTarget[] {
    return session.config.reports.map((config) => {
      const { kind, source, context, apiUrl, repository } = config;
      const accounts = session.accounts.filter((account) => account.source?.name === source.name);
      return {
        id: `${kind} ${apiUrl} ${repository} ${source.name} ${context}`,
        kind,
        source: source.name,
        context,
        accounts: accounts.map(({ name }) => name),
        // Whatever goes wrong with a report must not end the daemon.
        set: ({ commit, context: name, state, description }, signal) =>
          this.#statusesOf(session, config)
            .set({ commit, context: name, state, description }, signal)
            .catch((error: unknown) =>
              signal.aborted
                ? { result: 'failed' as const, problem: 'stopped' }
                : { result: 'refused' as const, problem: messageOf(error) },
            ),
      };
    });
  }

  #statusesOf(session: Session, config: ReportConfig): CommitStatuses {
    const known = this.#made.get(config);
    if (known !== undefined) return known;
    const { kind, apiUrl, repository, source } = config;
    const { environment, clock } = session.context;
    const isSameHost =
      source.address.origin !== undefined && new URL(apiUrl).host === new URL(source.address.origin).host;
    const send = sender({
      proxy: proxySettings(environment),
      ca: isSameHost ? source.ca : undefined,
      userAgent,
      timeoutMs,
    });
    const made = new CommitStatuses({
      kind,
      apiUrl,
      repository,
      ref: source.ref.kind === 'branch' || source.ref.kind === 'tag' ? source.ref.name : undefined,
      tokens: config.token === undefined ? appTokens(session, config, send) : givenToken(config.token),
      send,
      now: () => clock.now(),
    });
    this.#made.set(config, made);
    return made;
  }
}

function givenToken(secret: Secret): StatusTokens {
  return {
    token: async () => {
      try {
        return { token: secret.read() };
      } catch (error) {
        if (!(error instanceof ReconcilerError)) throw error;
        return { problem: error.message, isPassing: false };
      }
    },
    forget: () => false,
  };
}

/** A second token of the App that the repository is read with: each has no more than its own right. */
function appTokens({ context: { clock } }: Session, { source }: ReportConfig, send: Send): StatusTokens {
  const { auth, address } = source;
  if (auth?.kind !== 'github-app') throw new RangeError(`reports: source ${source.name} has no GitHub App`);
  const { appId, installationId } = auth;
  const privateKey = () => auth.privateKey.read();
  const permissions = { statuses: 'write' } as const;
  const issuer = new AppTokens({ appId, installationId, privateKey, address, permissions, send, clock });
  return {
    token: async (signal) => {
      const issued = await issuer.token(signal);
      if ('token' in issued) return issued;
      return { problem: `no token of the GitHub App: ${issued.said}`, isPassing: issued.failure !== 'unauthorized' };
    },
    forget: () => issuer.forget(),
  };
}
