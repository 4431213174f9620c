import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { userInfo } from 'node:os';
import type { Session } from '../../../app/session.ts';
import { askSource } from '../../../app/source/check-source.ts';
import { openRepository, storeDirectory } from '../../../app/source/open-repository.ts';
import { hasProgram, installedGit, isKnownHost } from '../../../app/source/source-programs.ts';
import type { SourceConfig } from '../../../config/source.ts';
import { describeRef } from '../../../core/git/ref.ts';
import { fileReason } from '../../../core/mistakes/file-reason.ts';
import { visible } from '../../../core/render/visible.ts';
import { commitText } from '../../../core/render/words.ts';
import { openToOthers } from '../../../disk/state-directory.ts';
import { ageText } from '../../table.ts';
import { directoryFindings } from './doctor-directory.ts';
import { type Finding, finding, findingsOf } from './doctor-finding.ts';

/** Since it has `merge-tree --write-tree`. Source: release notes of git 2.38 */
const leastGit = [2, 38] as const;

/** What following a git source needs on this machine, and whether its server answers. */
export async function sourceFindings(session: Session, source: SourceConfig): Promise<readonly Finding[]> {
  const git = await gitFindings(session);
  const local = [
    ...(await findingsOf('access', () => accessFindings(session, source))),
    ...(await findingsOf('signatures', () => signatureFindings(session, source))),
    ...(await directoryFindings('store', storeDirectory(session, source))),
    ...(await findingsOf('reports', () => reportFindings(session, source))),
  ];
  if (git.some(({ level }) => level === 'fail')) return [...git, ...local];
  return [
    ...git,
    ...local,
    ...(await findingsOf('accepted', () => acceptedFindings(session, source))),
    ...(await findingsOf('server', () => serverFindings(session, source))),
  ];
}

async function gitFindings(session: Session): Promise<readonly Finding[]> {
  const version = await installedGit(session);
  const least = leastGit.join('.');
  if (version === undefined) return [finding('fail', 'git', `git is not installed: install version ${least} or newer`)];
  if (isOlder(version)) return [finding('fail', 'git', `git is of version ${version}: install ${least} or newer`)];
  return [finding('ok', 'git', `version ${version}`)];
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < leastGit[0] || (major === leastGit[0] && minor < leastGit[1]);
}

async function accessFindings(session: Session, source: SourceConfig): Promise<readonly Finding[]> {
  const { auth, ca } = source;
  const certificates = ca === undefined ? [] : await fileFindings('access', ca, 'ca');
  switch (auth?.kind) {
    case undefined:
      return certificates;
    case 'token':
      auth.token.read();
      return [...certificates, finding('ok', 'access', 'the token is set')];
    case 'github-app':
      auth.privateKey.read();
      return [...certificates, finding('ok', 'access', `the private key of GitHub App ${auth.appId} is set`)];
    case 'ssh-key':
      return sshFindings(session, source, auth);
  }
}

type SshKey = Extract<SourceConfig['auth'], { kind: 'ssh-key' }>;

async function sshFindings(
  session: Session,
  { address }: SourceConfig,
  { file, knownHosts }: SshKey,
): Promise<readonly Finding[]> {
  const found = [
    ...(await programFindings(session, 'ssh', 'openssh-client', 'access')),
    ...userFindings(),
    ...(await keyFindings(file)),
    ...(await fileFindings('access', knownHosts, 'auth.knownHosts')),
  ];
  if (found.length > 0) return found;
  const url = new URL(address.url);
  if ((await isKnownHost(session, url, knownHosts)) === false) {
    const remedy = 'add its key, after comparing it with what the operator of the host publishes';
    return [finding('fail', 'access', `${knownHosts} has no key of ${url.host}: ${remedy}`)];
  }
  return [finding('ok', 'access', `ssh with ${file}, and ${url.host} is known`)];
}

/** ssh ends at once where the user has no name: "No user exists for uid". */
export function userFindings(lookUp: () => unknown = userInfo): readonly Finding[] {
  try {
    lookUp();
    return [];
  } catch {
    const remedy = 'ssh does not work without: add the user to /etc/passwd, or run as user 1000 of the image';
    return [finding('fail', 'access', `user ${process.getuid?.()} has no entry in /etc/passwd: ${remedy}`)];
  }
}

async function keyFindings(file: string): Promise<readonly Finding[]> {
  const unreadable = await fileFindings('access', file, 'auth.sshKey');
  if (unreadable.length > 0) return unreadable;
  const mode = await openToOthers(file);
  if (mode === undefined) return [];
  return [
    finding('fail', 'access', `${file} is accessible to other users (${mode}), so ssh does not use it: chmod 0600`),
  ];
}

async function signatureFindings(session: Session, { verify }: SourceConfig): Promise<readonly Finding[]> {
  if (verify === undefined) return [];
  const { allowedSigners, gpgKeys, mode } = verify;
  const found: Finding[] = [];
  if (allowedSigners !== undefined) {
    found.push(...(await programFindings(session, 'ssh-keygen', 'openssh-client', 'signatures')));
    found.push(...(await fileFindings('signatures', allowedSigners, 'verify.allowedSigners')));
  }
  if (gpgKeys.length > 0) found.push(...(await programFindings(session, 'gpg', 'gpg', 'signatures')));
  for (const file of gpgKeys) found.push(...(await fileFindings('signatures', file, 'verify.gpgKeys')));
  return found.length > 0 ? found : [finding('ok', 'signatures', `required (${mode}), and the keys can be read`)];
}

async function reportFindings({ config }: Session, source: SourceConfig): Promise<readonly Finding[]> {
  return config.reports
    .filter((report) => report.source === source)
    .map(({ kind, token, apiUrl, repository }) => {
      token?.read();
      const by = token === undefined ? 'by a token of the GitHub App, which needs the right' : 'the token is set';
      return finding('ok', 'reports', `${kind} statuses of ${visible(repository)} at ${visible(apiUrl)}: ${by}`);
    });
}

async function programFindings(
  session: Session,
  name: Parameters<typeof hasProgram>[1],
  packageName: string,
  what: string,
): Promise<readonly Finding[]> {
  if (await hasProgram(session, name)) return [];
  return [finding('fail', what, `${name} is not installed: install it (Debian: ${packageName})`)];
}

async function fileFindings(what: string, file: string, setting: string): Promise<readonly Finding[]> {
  try {
    await access(file, constants.R_OK);
    return [];
  } catch (error) {
    return [finding('fail', what, `${file} cannot be read: ${fileReason(error)}. Check ${setting} of the source`)];
  }
}

async function acceptedFindings(session: Session, source: SourceConfig): Promise<readonly Finding[]> {
  const accepted = await openRepository(session, source).accepted(session.context.stop);
  if (accepted === undefined) {
    const remedy = `the first apply or run fetches one, or "vonage-gitops source fetch ${source.name}"`;
    return [finding('warn', 'accepted', `no commit was accepted yet: ${remedy}`)];
  }
  const age = ageText(session.context.clock.now() - accepted.at);
  return [finding('ok', 'accepted', `commit ${commitText(accepted)}, ${age} old`)];
}

async function serverFindings(session: Session, source: SourceConfig): Promise<readonly Finding[]> {
  const { isSame, failure } = await askSource(session, source, session.context.stop);
  if (failure !== undefined) return [finding('fail', 'server', failure)];
  const ref = `${visible(describeRef(source.ref))} of ${visible(source.address.name)}`;
  if (isSame) return [finding('ok', 'server', `${ref} is at the accepted commit`)];
  const remedy = `"vonage-gitops source fetch ${source.name}" fetches it, and says whether it is accepted`;
  return [finding('ok', 'server', `${ref} can be read, and is at a commit that is not accepted yet: ${remedy}`)];
}
