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

/** So many of these, no two of them the same; all of them when there are fewer. */
export function drawFrom<T>(random: () => number, all: readonly T[], count: number): readonly T[] {
  const left = [...all];
  const most = Math.min(count, left.length);
  return Array.from({ length: most }, () => left.splice(wholeFrom(random, 0, left.length), 1)).flat();
}

/** How a change is written. */
export type Verb = 'POST' | 'PUT' | 'DELETE';

type Faults = readonly (readonly [share: number, action: string])[];

/** What befalls a write, with the share of writes it befalls. */
const writeFaults: Readonly<Record<Verb, Faults>> = {
  POST: [
    [0.3, 'timeout-after'],
    [0.05, 'reset-before'],
    [0.05, 'reset-after'],
    [0.02, 'truncate'],
    [0.02, 'status=502,after'],
    [0.02, 'status=503'],
    [0.01, 'html=504,after'],
    [0.02, 'foreign-body'],
    [0.02, 'no-key'],
    [0.01, 'other-key'],
  ],
  PUT: [
    [0.1, 'timeout-after'],
    [0.05, 'reset-before'],
    [0.08, 'reset-after'],
    [0.04, 'truncate'],
    [0.03, 'status=502,after'],
    [0.03, 'status=503'],
    [0.02, 'html=504,after'],
    [0.02, 'html=200,after'],
    [0.02, 'html=200'],
    [0.08, 'stale-body'],
    [0.03, 'foreign-body'],
  ],
  DELETE: [
    [0.15, 'timeout-after'],
    [0.05, 'reset-before'],
    [0.15, 'reset-after'],
    [0.05, 'status=502,after'],
    [0.05, 'status=503'],
    [0.03, 'html=504,after'],
    [0.05, 'html=200'],
    [0.03, 'gateway-404'],
  ],
};

/** What befalls a GET. A replica lags by less than the settle time. */
const readFaults: Faults = [
  [0.004, 'reset-before'],
  [0.004, 'reset-after'],
  [0.004, 'status=503'],
  [0.004, 'html=502'],
  [0.004, 'truncate'],
  [0.03, 'lag=1s'],
  [0.005, 'gateway-404'],
  [0.01, 'id-404'],
];

/** Share of created applications that lists show late, and the longest delay: below the settle time. */
const lateInLists = { share: 0.15, longestMs: 1500 };

/** How many requests of a kind have their fate drawn; later ones are well. */
const drawn = { writes: 2000, gets: 3000, listings: 160 };

/** Whose faults are drawn. */
export interface FaultPlan {
  readonly verb: Verb;
  /** About so many requests come between two storms. */
  readonly stormsEvery: number;
  /** Pages that a listing has. */
  readonly pages: number;
  /** Ids of applications of others, one of which another writer deletes, and creates a new one, after some page of a listing. */
  readonly victims: readonly string[];
}

/** The fault rules, as the emulator's flags spell them. */
export function faultRules(random: () => number, plan: FaultPlan): readonly string[] {
  return [
    ...storms(random, plan),
    ...outage(random, plan),
    ...faultsOfWrites(random, plan),
    ...faultsOfGets(random, plan),
    ...pageShifts(random, plan),
  ];
}

/** Now and then a dozen requests in a row are too many, every second time with Retry-After. */
function storms(random: () => number, { stormsEvery }: FaultPlan): readonly string[] {
  return Array.from({ length: 16 }, (_, nth) => {
    const begins = nth * stormsEvery + wholeFrom(random, stormsEvery / 5, stormsEvery);
    return `*:status=429${nth % 2 === 0 ? ',1' : ''}:>${begins}:x12`;
  });
}

/** Once the account looks empty for some reads; once a PUT is answered as if done, and nothing is stored. */
function outage(random: () => number, { verb, stormsEvery }: FaultPlan): readonly string[] {
  const empty = `GET:empty-account:>${wholeFrom(random, stormsEvery / 5, stormsEvery)}:x8`;
  const notStored = `PUT:not-stored:#${wholeFrom(random, 2, 10)}`;
  return [...(verb === 'DELETE' ? [] : [empty]), ...(verb === 'PUT' ? [notStored] : [])];
}

function faultsOfWrites(random: () => number, { verb }: FaultPlan): readonly string[] {
  return Array.from({ length: drawn.writes }, (_, index) => {
    const nth = `#${index + 1}`;
    const late = random() < lateInLists.share && verb === 'POST';
    const lateMs = wholeFrom(random, 100, lateInLists.longestMs);
    const action = pick(writeFaults[verb], random());
    return [
      ...(late ? [`POST:stale-list=${lateMs}ms:${nth}`] : []),
      ...(action === undefined ? [] : [`${verb}:${action}:${nth}`]),
    ];
  }).flat();
}

function pick(faults: Faults, number: number): string | undefined {
  let below = 0;
  for (const [share, action] of faults) {
    below += share;
    if (number < below) return action;
  }
  return undefined;
}

/** After a delete the API's own 404 is taken at its word: a false one would be told as done. */
function faultsOfGets(random: () => number, { verb }: FaultPlan): readonly string[] {
  return Array.from({ length: drawn.gets }, (_, index) => {
    const action = pick(readFaults, random());
    const fails = action !== undefined && !(verb === 'DELETE' && action === 'id-404');
    return fails ? [`GET:${action}:#${index + 1}`] : [];
  }).flat();
}

/** Each victim goes once, after one page of one of the listings. */
function pageShifts(random: () => number, { pages, victims }: FaultPlan): readonly string[] {
  return victims.map((id) => {
    const page = wholeFrom(random, 1, pages);
    return `GET@[?&]page=${page}$:page-shift=${id}:#${wholeFrom(random, 1, drawn.listings)}`;
  });
}
