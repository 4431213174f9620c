import { join } from 'node:path';
import type { SourceConfig } from '../../config/source.ts';
import { orUndefined } from '../../core/errors.ts';
import { type ObjectId, parseObjectId } from '../../core/git/object-id.ts';
import { sha256 } from '../../core/hash.ts';
import { AppTokens } from '../../forge/app-token.ts';
import type { GitSurroundings } from '../../git/environment.ts';
import { gpgProgram } from '../../git/gpg.ts';
import { gitProgram } from '../../git/program.ts';
import { acquireLock } from '../../lock/lock.ts';
import { proxyFor } from '../../net/proxy.ts';
import { sender } from '../../net/request.ts';
import type { AcceptRules } from '../../source/git/accept.ts';
import { type AccessOptions, gitAccess } from '../../source/git/access.ts';
import { Repository } from '../../source/git/repository.ts';
import { Store } from '../../source/git/store.ts';
import { Verifier } from '../../source/git/verify.ts';
import { openLedger } from '../open-ledger.ts';
import { proxySettings } from '../proxy-settings.ts';
import type { Session } from '../session.ts';
import { userAgent } from '../version.ts';

/** How long a refresh waits for another process that uses the same store, in milliseconds. */
const storeWaitMs = 30_000;
/** Least that must be free on the disk before a fetch for a plan, in bytes: as much as it may take at most, and what a ledger needs. */
const freeForPlans = (256 + 64) * 1024 * 1024;

/** The repository of a source: one for all accounts of a session, so that what one has read another need not. */
export function openRepository(session: Session, source: SourceConfig): Repository {
  const open = session.repositories.get(source) ?? repositoryOf(session, source);
  session.repositories.set(source, open);
  return open;
}

/** Where repositories are kept. No account can have a name with a dot. */
export function storesDirectory({ state }: Pick<Session, 'state'>): string {
  return join(state.directory, '.git-sources');
}

/** Where a repository is kept: one directory for each URL. */
export function storeDirectory(session: Pick<Session, 'state'>, { address }: SourceConfig): string {
  return join(storesDirectory(session), sha256(address.url).slice(0, 16));
}

function repositoryOf(session: Session, source: SourceConfig): Repository {
  const { clock, environment } = session.context;
  const directory = storeDirectory(session, source);
  const surroundings = { searchPath: environment.PATH, home: join(directory, 'home') };
  const { address, ref, timeoutMs, history, maxRepositoryMiB } = source;
  const git = gitProgram(surroundings);
  const lockOf = (place: string) => (signal: AbortSignal) =>
    acquireLock({ directory: place, kind: 'store', waitMs: storeWaitMs, clock, signal });
  const plans = join(directory, 'plans');
  return new Repository({
    name: source.name,
    store: new Store({ directory, git }),
    remote: {
      address,
      ref,
      timeoutMs,
      history,
      maxBytes: maxRepositoryMiB * 1024 * 1024,
      access: gitAccess(accessOf(session, source, directory)),
    },
    rules: rulesOf(source, surroundings, directory),
    lock: lockOf(directory),
    plans: { store: new Store({ directory: plans, git, leastFreeBytes: freeForPlans }), lock: lockOf(plans) },
    applied: () => appliedCommits(session, source),
    now: () => clock.now(),
  });
}

function accessOf({ context }: Session, source: SourceConfig, directory: string): AccessOptions {
  const { address, ca } = source;
  const { environment } = context;
  return {
    address,
    auth: authOf(context, source),
    ca,
    extraAuthorities: environment.NODE_EXTRA_CA_CERTS,
    proxy: address.origin === undefined ? undefined : proxyFor(new URL(address.url), proxySettings(environment))?.href,
    directory,
  };
}

function authOf(
  { clock, environment }: Session['context'],
  { auth, address, ca, timeoutMs }: SourceConfig,
): AccessOptions['auth'] {
  switch (auth?.kind) {
    case undefined:
      return undefined;
    case 'token':
      return { kind: 'token', token: () => auth.token.read() };
    case 'ssh-key':
      return auth;
    case 'github-app': {
      const { appId, installationId } = auth;
      const send = sender({ proxy: proxySettings(environment), ca, userAgent, timeoutMs });
      const privateKey = () => auth.privateKey.read();
      const permissions = { contents: 'read' } as const;
      return {
        kind: 'issued-token',
        issuer: new AppTokens({ appId, installationId, privateKey, address, permissions, send, clock }),
      };
    }
  }
}

function rulesOf(
  { verify, immutableTags }: SourceConfig,
  surroundings: GitSurroundings,
  directory: string,
): AcceptRules {
  if (verify === undefined) return { verify: 'head', allowRewind: true, immutableTags };
  const { mode, allowedSigners, gpgKeys, allowRewind } = verify;
  const signers = { ...(allowedSigners === undefined ? {} : { allowedSigners }), gpgKeys };
  const verifier = new Verifier({ signers, gpg: gpgProgram(surroundings), directory });
  return { verifier, verify: mode, allowRewind, immutableTags };
}

/** The commits that ledgers of the source's accounts have applied; a ledger that cannot be read says so in its own passes. */
async function appliedCommits(session: Session, { name }: SourceConfig): Promise<readonly ObjectId[]> {
  const accounts = session.config.accounts.filter(({ source }) => source?.name === name);
  const ledgers = await Promise.all(accounts.map((account) => orUndefined(() => openLedger(session, account).load())));
  return ledgers.flatMap((ledger) => {
    const applied = ledger?.applied;
    return applied === undefined ? [] : (parseObjectId(applied.commit) ?? []);
  });
}
