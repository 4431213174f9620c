import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { vi } from 'vitest';

/** A certificate for a host that is made for this run, and the only one that is trusted while the work lasts. */
export async function withCertificate<T>(
  host: string,
  work: (pair: { readonly key: string; readonly cert: string }) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'vonage-gitops-tls-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const about = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`, '-days', '1'];
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...about];
    await promisify(execFile)('openssl', made);
    const pair = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
    const { createSecureContext } = tls;
    vi.spyOn(tls, 'createSecureContext').mockImplementation((options) =>
      createSecureContext({ ...options, ca: pair.cert }),
    );
    return await work(pair);
  } finally {
    vi.restoreAllMocks();
    await rm(folder, { recursive: true });
  }
}
