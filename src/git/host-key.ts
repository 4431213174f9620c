import { createHash } from 'node:crypto';

/** What ssh says of a host whose key is another one than the file of known hosts has. */
export interface ChangedHostKey {
  /** Fingerprint of the key that the host sent. */
  readonly sent: string;
  /** Where the key is that it should have. */
  readonly file: string;
  readonly line: number;
}

/** Seen with OpenSSH 9.2. */
export function changedHostKey(said: string): ChangedHostKey | undefined {
  const sent = /key sent by the remote host is\s+(SHA256:[A-Za-z0-9+/]+)/.exec(said)?.[1];
  const [, file, line] = /^Offending .*key in (.+):(\d+)\r?$/m.exec(said) ?? [];
  return sent === undefined || file === undefined ? undefined : { sent, file: unescaped(file), line: Number(line) };
}

/** What ssh logs has a backslash doubled, and bytes outside ASCII in octal. Source: vis(3), VIS_OCTAL */
function unescaped(text: string): string {
  const bytes = text.replace(/\\(?:\\|([0-7]{3}))/g, (_, octal?: string) =>
    octal === undefined ? '\\' : String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(bytes, 'latin1').toString();
}

/** The fingerprint of the key on a line of known hosts, counted from 1, as ssh writes it. Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT" */
export function knownFingerprint(knownHosts: string, line: number): string | undefined {
  const fields = knownHosts.split('\n')[line - 1]?.trim().split(/\s+/) ?? [];
  const key = fields[fields[0]?.startsWith('@') ? 3 : 2];
  if (key === undefined) return undefined;
  return `SHA256:${createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '')}`;
}
