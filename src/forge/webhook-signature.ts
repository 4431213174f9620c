import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { WebhookKind } from '../core/git/webhook-kind.ts';

/** A webhook whose body is on its way. */
export interface SignatureCheck {
  /** Takes the next bytes of the body. */
  update(bytes: Uint8Array): void;
  /** Whether all of them are signed by who knows the secret; takes the same time whatever was sent. */
  isRight(): boolean;
}

/** What a webhook is checked by. */
interface Signed {
  readonly kind: WebhookKind;
  readonly secret: string;
  /** A header of the request; undefined when it is missing. */
  readonly header: (name: string) => string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** How old a generic webhook may be, or how far ahead, in seconds. */
const mostSkewSeconds = 300;

/**
 * The check of a webhook's signature; undefined where the headers cannot be right, whatever the body is. All kinds but `gitlab` sign the
 * body, as it came, by HMAC-SHA256 in hexadecimal digits.
 *
 * - `github`: `X-Hub-Signature-256: sha256=HEX`. Source: docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
 * - `bitbucket`: `X-Hub-Signature: sha256=HEX`, of Cloud and Data Center.
 *   Source: support.atlassian.com/bitbucket-cloud/docs/manage-webhooks, confluence.atlassian.com/bitbucketserver/event-payload-938025882.html
 * - `gitea`: `X-Gitea-Signature: HEX`, which Forgejo sends, too. Source: docs.gitea.com/usage/webhooks
 * - `gitlab`: `X-Gitlab-Token: SECRET`, and no signature. Source: docs.gitlab.com/user/project/integrations/webhooks
 * - `generic`: as our own notifications, `X-Vonage-Gitops-Signature: sha256=HEX` over the value of `X-Vonage-Gitops-Timestamp`, in seconds
 *   since 1970, a dot and the body.
 */
export function webhookSignature({ kind, secret, header, now }: Signed): SignatureCheck | undefined {
  switch (kind) {
    case 'github':
      return hmacCheck(secret, digestIn(header('x-hub-signature-256'), 'sha256='));
    case 'bitbucket':
      return hmacCheck(secret, digestIn(header('x-hub-signature'), 'sha256='));
    case 'gitea':
      return hmacCheck(secret, digestIn(header('x-gitea-signature'), ''));
    case 'gitlab':
      return tokenCheck(secret, header('x-gitlab-token'));
    case 'generic': {
      const timestamp = header('x-vonage-gitops-timestamp') ?? '';
      if (!isRecent(timestamp, now)) return undefined;
      return hmacCheck(secret, digestIn(header('x-vonage-gitops-signature'), 'sha256='), `${timestamp}.`);
    }
  }
}

function hmacCheck(secret: string, given: Buffer | undefined, before = ''): SignatureCheck | undefined {
  if (given === undefined) return undefined;
  const hmac = createHmac('sha256', secret).update(before);
  return {
    update: (bytes) => void hmac.update(bytes),
    isRight: () => timingSafeEqual(hmac.digest(), given),
  };
}

/** Digests are compared, for they have one length whatever was sent. Of a header Node.js makes one character of each byte. */
function tokenCheck(secret: string, given: string | undefined): SignatureCheck | undefined {
  if (given === undefined) return undefined;
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
  return {
    update: () => undefined,
    isRight: () => timingSafeEqual(digest(Buffer.from(given, 'latin1')), digest(Buffer.from(secret))),
  };
}

/** The 32 bytes of a header; undefined when it is something else. */
function digestIn(header: string | undefined, prefix: string): Buffer | undefined {
  if (header?.startsWith(prefix) !== true) return undefined;
  const hex = header.slice(prefix.length);
  return /^[\da-f]{64}$/i.test(hex) ? Buffer.from(hex, 'hex') : undefined;
}

function isRecent(timestamp: string, now: number): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(now / 1000 - Number(timestamp)) <= mostSkewSeconds;
}
