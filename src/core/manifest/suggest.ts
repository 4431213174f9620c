import { closest, distance } from 'fastest-levenshtein';

/** ` (did you mean "answer_url"?)` when one of the candidates is near enough to be meant, else nothing. */
export function didYouMean(found: string, candidates: readonly string[]): string {
  if (candidates.length === 0 || found.length > 100) return '';
  const lowered = candidates.map((candidate) => candidate.toLowerCase());
  const nearest = closest(found.toLowerCase(), lowered);
  const near = candidates[lowered.indexOf(nearest)];
  const most = Math.max(Math.min(2, Math.floor(nearest.length / 2)), Math.floor(nearest.length / 3));
  return distance(found.toLowerCase(), nearest) <= most ? ` (did you mean ${JSON.stringify(near)}?)` : '';
}

/** What to say of a field that is not known, with what may be meant, and what is allowed or to do instead. */
export function unknownMember(
  name: string,
  suggestion: string,
  allowed: readonly string[],
  remedy = allowed.length === 0 ? 'It has no fields: use {}' : `Allowed: ${allowed.join(', ')}`,
): string {
  return `unknown field ${name}${suggestion}. ${remedy}`;
}
