import { sshPathProblem } from '../core/git/ssh-path.ts';
import { visible } from '../core/render/visible.ts';

/** The files by which ssh gets in. */
export interface SshFiles {
  /** The private key. */
  readonly key: string;
  /** The keys that hosts must have. */
  readonly knownHosts: string;
}

/** What is asked of a server that says nothing, in seconds. */
const patience = { connect: 15, alive: 15 } as const;

/**
 * The ssh that git runs, as `core.sshCommand`. Only the given key opens, only the given hosts are known, nothing is asked of a person, and
 * neither settings of this machine nor an agent are used. No option lets it write known hosts.
 * Source: git-config(1), core.sshCommand, which a shell reads; ssh_config(5)
 * @returns why it cannot be given one of the files, as `{ problem }`
 */
export function sshCommand({ key, knownHosts }: SshFiles): { readonly command: string } | { readonly problem: string } {
  for (const path of [key, knownHosts]) {
    const problem = sshPathProblem(path);
    if (problem !== undefined) return { problem: `${visible(path)}: ${problem}` };
  }
  const options = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    'PKCS11Provider=none',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${fileOption(knownHosts)}`,
    'GlobalKnownHostsFile=/dev/null',
    'UpdateHostKeys=no',
    'CheckHostIP=no', // older versions write the address down
    'PasswordAuthentication=no',
    'KbdInteractiveAuthentication=no',
    'GSSAPIAuthentication=no',
    'HostbasedAuthentication=no',
    `ConnectTimeout=${patience.connect}`,
    `ServerAliveInterval=${patience.alive}`,
    'ServerAliveCountMax=2',
    `IdentityFile=${fileOption(key)}`, // `-i` looks for the name before `%%` is read
  ];
  const words = ['ssh', '-F', '/dev/null', ...options.flatMap((option) => ['-o', quotedForShell(option)])];
  return { command: words.join(' ') };
}

/** ssh splits options at spaces, and replaces tokens such as `%h`. Source: ssh_config(5), "TOKENS" */
function fileOption(path: string): string {
  return `"${path.replaceAll(/[\\"]/g, String.raw`\$&`).replaceAll('%', '%%')}"`;
}

function quotedForShell(text: string): string {
  return /^[\w=./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
