/** What goes wrong in the account, request by request: all of it is drawn from the seed before anything starts. */

/** Numbers from 0 to 1, the same for the same seed: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number from `from` up to, and not including, `to`. */
export function wholeFrom(random: () => number, from: number, to: number): number {
  return from + Math.floor(random() * Math.max(1, to - from));
}

/** What befalls a POST, with the share of POSTs it befalls. */
const postFaults: readonly (readonly [share: number, action: string])[] = [
  [0.3, 'timeout-after'],
  [0.05, 'reset-before'],
  [0.05, 'reset-after'],
  [0.02, 'truncate'],
  [0.02, 'status=502,after'],
  [0.02, 'status=503'],
  [0.01, 'html=504,after'],
];

/** Share of created applications that lists show late, and the longest delay: below the settle time. */
const lateInLists = { share: 0.15, longestMs: 1500 };

/** How many requests of a kind have their fate drawn; later ones are well. */
const drawn = { posts: 2000, gets: 3000, listings: 160 };

/**
 * The fault rules, as the emulator's flags spell them. `victims` are the ids of applications of others, one of which another writer
 * deletes, and creates a new one, just after some page of a listing was read.
 */
export function faultRules(random: () => number, pages: number, victims: readonly string[]): readonly string[] {
  return [...storms(random), ...faultsOfPosts(random), ...faultsOfGets(random), ...pageShifts(random, pages, victims)];
}

/** Every few hundred requests a dozen in a row are too many, every second time with Retry-After. */
function storms(random: () => number): readonly string[] {
  return Array.from({ length: 16 }, (_, nth) => {
    const begins = nth * 250 + wholeFrom(random, 50, 250);
    return `*:status=429${nth % 2 === 0 ? ',1' : ''}:>${begins}:x12`;
  });
}

function faultsOfPosts(random: () => number): readonly string[] {
  return Array.from({ length: drawn.posts }, (_, index) => {
    const nth = `#${index + 1}`;
    const late = random() < lateInLists.share;
    const lateMs = wholeFrom(random, 100, lateInLists.longestMs);
    const action = pick(postFaults, random());
    return [
      ...(late ? [`POST:stale-list=${lateMs}ms:${nth}`] : []),
      ...(action === undefined ? [] : [`POST:${action}:${nth}`]),
    ];
  }).flat();
}

function pick(faults: readonly (readonly [number, string])[], number: number): string | undefined {
  let below = 0;
  for (const [share, action] of faults) {
    below += share;
    if (number < below) return action;
  }
  return undefined;
}

function faultsOfGets(random: () => number): readonly string[] {
  const actions = ['reset-before', 'reset-after', 'status=503', 'html=502', 'truncate'];
  return Array.from({ length: drawn.gets }, (_, index) => {
    const fails = random() < 0.02;
    const action = actions[wholeFrom(random, 0, actions.length)] ?? 'reset-before';
    return fails ? [`GET:${action}:#${index + 1}`] : [];
  }).flat();
}

/** Each victim goes once, after one page of one of the listings. */
function pageShifts(random: () => number, pages: number, victims: readonly string[]): readonly string[] {
  return victims.map((id) => {
    const page = wholeFrom(random, 1, pages);
    return `GET@[?&]page=${page}$:page-shift=${id}:#${wholeFrom(random, 1, drawn.listings)}`;
  });
}
