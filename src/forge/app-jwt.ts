import { createPrivateKey, type KeyObject, sign } from 'node:crypto';

/** How long it counts, and how far back it begins, in seconds: a clock may be behind. GitHub allows ten minutes. */
const lifetime = { before: 60, after: 9 * 60 } as const;

/**
 * What a GitHub App shows itself by: a JSON web token, signed by RS256. `at` is the server's time, in milliseconds since 1970.
 * Source: docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App"; RFC 7519
 */
export function appJwt({
  appId,
  key,
  at,
}: {
  readonly appId: number;
  readonly key: KeyObject;
  readonly at: number;
}): string {
  const now = Math.floor(at / 1000);
  const claims = { iat: now - lifetime.before, exp: now + lifetime.after, iss: String(appId) };
  const unsigned = `${encoded({ alg: 'RS256', typ: 'JWT' })}.${encoded(claims)}`;
  return `${unsigned}.${sign('RSA-SHA256', Buffer.from(unsigned), key).toString('base64url')}`;
}

/** The App's private key; undefined when the text is no RSA key in PEM. */
export function appKey(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === 'rsa' ? key : undefined;
  } catch {
    return undefined;
  }
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
