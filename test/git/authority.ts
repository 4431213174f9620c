import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate authority of a test, and a server's certificate by it. */
export interface Authority {
  /** File of its own certificate. */
  readonly file: string;
  /** For 127.0.0.1 and git.example.test. */
  readonly server: { readonly key: string; readonly cert: string };
}

/** Makes one, with its files in the directory. */
export function makeAuthority(directory: string, name: string): Authority {
  const path = (end: string) => join(directory, `${name}-${end}`);
  const openssl = (...parameters: readonly string[]) => execFileSync('openssl', parameters, { stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const own = ['-keyout', path('ca.key'), '-out', path('ca.pem'), '-subj', `/CN=Authority ${name}`, '-days', '2'];
  openssl('req', '-x509', ...key, ...own, '-addext', 'keyUsage=critical,keyCertSign');
  openssl('req', ...key, '-keyout', path('server.key'), '-out', path('server.csr'), '-subj', '/CN=127.0.0.1');
  writeFileSync(path('extensions'), 'subjectAltName=IP:127.0.0.1,DNS:git.example.test\nbasicConstraints=CA:FALSE\n');
  const signed = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-days', '2'];
  const request = ['-in', path('server.csr'), '-out', path('server.pem'), '-extfile', path('extensions')];
  openssl('x509', '-req', ...request, ...signed);
  const read = (end: string) => readFileSync(path(end), 'utf8');
  return { file: path('ca.pem'), server: { key: read('server.key'), cert: read('server.pem') } };
}
