/** The figures of a round, as a short table. */
import type { SeenRequest } from './torture-account.ts';
import type { Phase } from './torture-run.ts';

/** What is counted. */
export interface Round {
  readonly kills: readonly { readonly phase: Phase; readonly postsUnderWay: number }[];
  readonly codes: readonly number[];
  readonly requests: readonly SeenRequest[];
  readonly keys: readonly string[];
  readonly seconds: number;
}

/** The table. */
export function figures({ kills, codes, requests, keys, seconds }: Round): string {
  const faults = requests.flatMap(({ fault, status }) => (fault === undefined ? [] : [faultName(fault, status)]));
  const throttled = requests.filter(({ status }) => status === 429).length;
  const rows: readonly (readonly [string, string])[] = [
    ['duration', `${seconds.toFixed(0)} s`],
    [
      'starts',
      `${kills.length + codes.length}, ended by themselves with ${tally(codes.map((code) => `code ${code}`))}`,
    ],
    ['kills', `${kills.length}: ${tally(kills.map(({ phase }) => `while ${phase}`))}`],
    ['POSTs under way at a kill', String(kills.reduce((sum, { postsUnderWay }) => sum + postsUnderWay, 0))],
    ['requests', `${requests.length}: ${tally(requests.map(({ verb }) => verb))}`],
    ['answered 429', String(throttled)],
    ['faults', `${faults.length}: ${tally(faults)}`],
    ['private keys', String(keys.filter((name) => name.endsWith('.pem')).length)],
  ];
  return rows.map(([title, text]) => `${`${title}:`.padEnd(27)}${text}`).join('\n');
}

function faultName(fault: string, status: number | undefined): string {
  return fault === 'status' || fault === 'html' ? `${fault} ${status}` : fault;
}

function tally(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([word, count]) => `${count} ${word}`)
    .join(', ');
}
