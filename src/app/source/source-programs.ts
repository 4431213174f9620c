import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitVersion, isInstalled } from '../../git/installed.ts';
import { runProcess } from '../../git/process.ts';
import { gitProgram } from '../../git/program.ts';
import type { Session } from '../session.ts';

/** Longest that looking up a host may take, in milliseconds. */
const timeoutMs = 10_000;

/** Whether one of the programs that git needs is there. */
export function hasProgram({ context }: Session, name: 'ssh' | 'gpg' | 'ssh-keygen'): Promise<boolean> {
  return isInstalled(name, context.environment.PATH);
}

/** The version of git; undefined when there is none. */
export function installedGit({ context }: Session): Promise<string | undefined> {
  return gitVersion(gitProgram({ searchPath: context.environment.PATH, home: nowhere() }));
}

/**
 * Whether a file of known hosts has a key for this host, whose name may be hashed there; undefined when that cannot be told.
 * Source: ssh-keygen(1), -F; sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"
 */
export async function isKnownHost({ context }: Session, url: URL, knownHosts: string): Promise<boolean | undefined> {
  const { PATH } = context.environment;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const name = url.port === '' || url.port === '22' ? host : `[${host}]:${url.port}`;
  const environment = { ...(PATH === undefined ? {} : { PATH }), HOME: nowhere(), LC_ALL: 'C' };
  const end = await runProcess('ssh-keygen', ['-F', name, '-f', knownHosts], environment, { timeoutMs });
  return end.ended === 'exit' ? end.code === 0 : undefined;
}

/** No settings of a person or a machine are read. */
export function nowhere(): string {
  return join(tmpdir(), 'vonage-gitops-has-no-home');
}
