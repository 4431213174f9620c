import { isMap, isScalar, isSeq } from 'yaml';
import type { Json } from '../json.ts';
import type { AliasTargets } from '../manifest/locate.ts';
import { nameOf } from './pair-region.ts';

/** What a node of a valid manifest says as it is written: with placeholders, and with what its aliases stand for. */
export function writtenTree(node: unknown, targets: AliasTargets): Json {
  const target = targets.follow(node);
  if (isScalar(target)) return scalarOf(target.value);
  if (isSeq(target)) return target.items.map((item) => writtenTree(item, targets));
  if (!isMap(target)) return null;
  return Object.fromEntries(target.items.map((pair) => [nameOf(pair), writtenTree(pair.value, targets)]));
}

function scalarOf(value: unknown): Json {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
