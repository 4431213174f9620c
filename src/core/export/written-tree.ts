import { isMap, isScalar, isSeq } from 'yaml';
import type { Json } from '../json.ts';
import { type AliasTargets, keyText } from '../manifest/locate.ts';

/** What a node of a valid manifest says as it is written: with placeholders, and with what its aliases stand for. */
export function writtenTree(node: unknown, targets: AliasTargets): Json {
  const target = targets.follow(node);
  if (isScalar(target)) return scalarOf(target.value);
  if (isSeq(target)) return target.items.map((item) => writtenTree(item, targets));
  if (!isMap(target)) return null;
  return Object.fromEntries(target.items.map(({ key, value }) => [keyText(key) ?? '', writtenTree(value, targets)]));
}

function scalarOf(value: unknown): Json {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
