import { closest, distance } from 'fastest-levenshtein';

/** ` (did you mean "answer_url"?)` when one of the candidates is near enough to be meant, else nothing. */
export function didYouMean(found: string, candidates: readonly string[]): string {
  if (candidates.length === 0 || found.length > 100) return '';
  const near = closest(found.toLowerCase(), [...candidates]);
  const most = Math.max(Math.min(2, Math.floor(near.length / 2)), Math.floor(near.length / 3));
  return distance(found.toLowerCase(), near.toLowerCase()) <= most ? ` (did you mean ${JSON.stringify(near)}?)` : '';
}
