import { closest, distance } from 'fastest-levenshtein';

/** What other tools and people call a field. */
const otherNames: readonly (readonly [called: string, field: string])[] = [
  ['url', 'address'],
  ['url', 'apiUrl'],
  ['uri', 'address'],
  ['endpoint', 'address'],
  ['dir', 'manifests'],
  ['directory', 'manifests'],
  ['path', 'manifests'],
  ['port', 'listen'],
  ['prune', 'policy'],
  ['dryrun', 'onCommit'],
];

/** The candidate that is near enough to be meant, has the word in it as the only one, or is called so elsewhere; undefined when none is. */
export function nearest(found: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0 || found.length > 100) return undefined;
  const lowered = candidates.map((candidate) => candidate.toLowerCase());
  const near = closest(found.toLowerCase(), lowered);
  const most = Math.max(Math.min(2, Math.floor(near.length / 2)), Math.floor(near.length / 3));
  if (distance(found.toLowerCase(), near) <= most) return candidates[lowered.indexOf(near)];
  const [only, ...others] = candidates.filter((candidate) => wordsOf(candidate).includes(found.toLowerCase()));
  if (only !== undefined && others.length === 0) return only;
  const meant = otherNames.flatMap(([called, field]) => (called === found.toLowerCase() ? [field] : []));
  return candidates.find((candidate) => meant.includes(candidate));
}

/** `http_method`, `apiKey` and `create-only` have two words each. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[\s_-]+/);
}

/** ` (did you mean "answer_url"?)` when one of the candidates is near enough to be meant, else nothing. */
export function didYouMean(found: string, candidates: readonly string[]): string {
  const near = nearest(found, candidates);
  return near === undefined ? '' : ` (did you mean ${JSON.stringify(near)}?)`;
}

/** More names than this are not listed: nobody reads them. */
const maxListed = 12;

/** What to say of a field that is not known, with what may be meant, and what is allowed or to do instead. */
export function unknownMember(
  name: string,
  suggestion: string,
  allowed: readonly string[],
  remedy = allowedWords(allowed),
): string {
  const isLong = suggestion !== '' && allowed.length > maxListed;
  return isLong ? `unknown field ${name}${suggestion}` : `unknown field ${name}${suggestion}. ${remedy}`;
}

function allowedWords(allowed: readonly string[]): string {
  if (allowed.length === 0) return 'It has no fields: use {}';
  if (allowed.length <= maxListed) return `Allowed: ${allowed.join(', ')}`;
  return `${allowed.length} fields are allowed here: docs/configuration.md lists them`;
}
