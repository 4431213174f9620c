import { extname } from 'node:path';
import { nameStem } from '../../core/export/file-names.ts';
import type { KeyFacts } from '../../reconcile/ports.ts';

/** Name of the file that the key of an application is in. `{id}` stands as it is where there is no id yet. */
export function activeName(pattern: string, account: string, { name, id, fingerprint }: KeyFacts): string {
  const values: Readonly<Record<string, string | undefined>> = { slug: nameStem(name), id, fingerprint, account };
  return pattern.replace(/\{(slug|id|fingerprint|account)\}/g, (place, field: string) => values[field] ?? place);
}

/**
 * Where a key waits beside the one in use, `support.next.pem`. One whose application has no id yet is named by its fingerprint instead, where
 * the pattern asks for the id.
 */
export function preparedName(pattern: string, account: string, key: KeyFacts): string {
  const name = activeName(pattern, account, key).replaceAll('{id}', key.fingerprint);
  const extension = extname(name);
  return `${name.slice(0, name.length - extension.length)}.next${extension}`;
}
