import type { Json, JsonObject } from '../core/json.ts';
import type { DesiredState, Manifest } from '../core/manifest/manifest.ts';
import { sensitive } from '../core/redact/patterns.ts';
import { redactValue } from '../core/redact/redact-value.ts';
import { finder } from '../core/redact/scrubber.ts';
import type { Explanation } from './documents.ts';

/** The live body as it is, with secrets replaced, and what the manifest fills from the environment: its live side tells the value. */
export function shownLive(
  body: JsonObject,
  manifest: Manifest | undefined,
  values: DesiredState['hiddenValues'],
): Explanation['live'] {
  const concealed = new Set<string>(manifest?.concealed.keys());
  concealed.delete('/name'); // it identifies the application, here as everywhere
  const holds = finder(values ?? []);
  const hide = (value: Json, pointer: string): Json => {
    if (concealed.has(pointer) || (typeof value === 'string' && holds?.(value))) return sensitive;
    if (Array.isArray(value)) return value.map((item, index) => hide(item, `${pointer}/${index}`));
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value).map(([member, inner]) => {
      const token = member.replaceAll('~', '~0').replaceAll('/', '~1');
      return [member, hide(inner, `${pointer}/${token}`)] as const;
    });
    return Object.fromEntries(members);
  };
  return redactValue('', hide(body, ''));
}
