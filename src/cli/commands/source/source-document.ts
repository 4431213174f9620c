import type { SourceConfig } from '../../../config/source.ts';
import { describeRef } from '../../../core/git/ref.ts';
import type { WebhookKind } from '../../../core/git/webhook-kind.ts';
import { placeOf, type SourceOnDisk } from './source-state.ts';

/** Sources as JSON; no secret is in it. Times are ISO 8601. */
export function sourcesDocument(sources: readonly SourceOnDisk[]): object {
  return { format: 'vonage-gitops.sources/1', sources: sources.map(sourceDocument) };
}

function sourceDocument({ config, directory, bytes, accepted, tip, users }: SourceOnDisk): object {
  const { name, address, ref, auth, verify, intervalSeconds, history, webhook } = config;
  const { url, user } = placeOf(config);
  return {
    name,
    repository: address.name,
    url,
    ...(user === undefined ? {} : { user }),
    ref: describeRef(ref),
    auth: auth?.kind ?? 'none',
    ...(verify === undefined ? {} : { verify: verifyDocument(verify) }),
    intervalSeconds,
    history,
    ...(webhook === undefined ? {} : { webhook: { kind: webhook.kind, path: webhookPath(name, webhook.kind) } }),
    store: { directory, bytes },
    ...(accepted === undefined ? {} : { accepted: commitDocument(accepted) }),
    ...(tip === undefined ? {} : { tip: commitDocument(tip) }),
    accounts: users,
  };
}

/** Where the webhooks of a source are posted to. */
export function webhookPath(name: string, kind: WebhookKind): string {
  return `/hooks/${kind}/${name}`;
}

function verifyDocument({ mode, allowedSigners, gpgKeys, allowRewind }: NonNullable<SourceConfig['verify']>): object {
  return { mode, ...(allowedSigners === undefined ? {} : { allowedSigners }), gpgKeys, allowRewind };
}

function commitDocument({ at, ...commit }: NonNullable<SourceOnDisk['accepted']>): object {
  return { ...commit, at: new Date(at).toISOString() };
}
