/** The requests of each stage, counted afterwards. */
import type { SeenRequest } from './torture-account.ts';
import { type Evidence, idsOf } from './torture-evidence.ts';
import { type Title, verbOf } from './torture-stages.ts';

/** Every stage wrote only as it should, and only to what it was about; after the last one there was not a single write. */
export function requestFindings(evidence: Evidence): readonly string[] {
  const { histories, requests } = evidence;
  let from = 0;
  const inStages = histories.flatMap(({ title, requestsAtEnd }) => {
    const own = requests.slice(from, requestsAtEnd);
    from = requestsAtEnd;
    return strangeWrites(title, own, evidence);
  });
  const after = requests.slice(from).filter(isWrite);
  return [...inStages, ...after.map(({ verb, path }) => `${verb} ${path}, when all was done`)];
}

function strangeWrites(title: Title, requests: readonly SeenRequest[], evidence: Evidence): readonly string[] {
  const targets = idsOf(title, evidence);
  const isRight = ({ verb, path }: SeenRequest) =>
    verb === verbOf[title] && (title === 'creates' || targets.has(path.slice(path.lastIndexOf('/') + 1)));
  return requests
    .filter((request) => isWrite(request) && !isRight(request))
    .map(({ verb, path }) => `${title}: ${verb} ${path}`);
}

function isWrite({ verb }: SeenRequest): boolean {
  return verb !== 'GET';
}
