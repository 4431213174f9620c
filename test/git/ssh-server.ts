import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';

const sshd = '/usr/sbin/sshd';

/** Whether the machine has OpenSSH's server. */
export const hasSshd = existsSync(sshd);

/** A key made for a test. */
export interface SshKey {
  /** Its private half; the public one is beside it, with `.pub`. */
  readonly file: string;
  /** Kind and value, as a line of authorized keys or known hosts has them. */
  readonly line: string;
  readonly fingerprint: string;
}

/** Makes one, without a passphrase. */
export function makeSshKey(file: string): SshKey {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file], { stdio: 'pipe' });
  const shown = execFileSync('ssh-keygen', ['-l', '-f', `${file}.pub`], { stdio: 'pipe' }).toString();
  const [kind, value] = readFileSync(`${file}.pub`, 'utf8').split(' ');
  return { file, line: `${kind} ${value}`, fingerprint: shown.split(' ')[1] ?? '' };
}

/** OpenSSH's server on a free port of the loopback interface; it lets in the user who runs the test. */
export interface SshServer {
  /** With user and port, without a path. */
  readonly url: string;
  readonly port: number;
  /** What it shows itself by from now on. */
  hostKey: SshKey;
  /** Whether it says nothing at all. */
  isSilent: boolean;
  /** Connections so far. */
  connections(): number;
  close(): Promise<void>;
}

/** Starts one that takes this key of a user. Each connection gets a process of its own, as from inetd, with a configuration of ours. */
export async function startSshServer(directory: string, user: SshKey, hostKey: SshKey): Promise<SshServer> {
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true }); // a root's sshd does not start without
  writeFileSync(join(directory, 'authorized'), `${user.line}\n`);
  const configuration = join(directory, 'sshd_config');
  const lines = [
    `AuthorizedKeysFile ${join(directory, 'authorized')}`,
    'AcceptEnv GIT_PROTOCOL',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin yes',
    'PidFile none',
    'StrictModes no', // the directory of temporary files is everybody's
    'UsePAM no',
  ];
  writeFileSync(configuration, `${lines.join('\n')}\n`);
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket.on('error', () => undefined));
    if (ssh.isSilent) return;
    const child = spawn(sshd, ['-i', '-f', configuration, '-h', ssh.hostKey.file], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    child.stdin.on('error', () => undefined);
    socket.pipe(child.stdin);
    child.stdout.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const ssh: SshServer = {
    url: `ssh://${userInfo().username}@127.0.0.1:${port}`,
    port,
    hostKey,
    isSilent: false,
    connections: () => connections,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return ssh;
}
