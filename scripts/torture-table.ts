/** The figures of a round, as a short table. */
import type { SeenRequest } from './torture-account.ts';
import type { StageHistory } from './torture-loop.ts';

/** What is counted. */
export interface Round {
  readonly histories: readonly StageHistory[];
  readonly requests: readonly SeenRequest[];
  readonly keys: readonly string[];
  readonly seconds: number;
}

/** The table: a row for each stage, then the whole. */
export function figures({ histories, requests, keys, seconds }: Round): string {
  const faults = requests.flatMap(({ fault, status }) => (fault === undefined ? [] : [faultName(fault, status)]));
  const kills = histories.flatMap((history) => history.kills);
  const codes = histories.flatMap((history) => history.codes);
  const rows: readonly (readonly [string, string])[] = [
    ...histories.map((history) => [history.title, stageText(history)] as const),
    ['duration', `${seconds.toFixed(0)} s`],
    [
      'starts',
      `${kills.length + codes.length}, ended by themselves with ${tally(codes.map((code) => `code ${code}`))}`,
    ],
    ['kills', `${kills.length}: ${tally(kills.map(({ phase }) => `while ${phase}`))}`],
    ['writes in progress at a kill', String(kills.reduce((sum, { writesUnderWay }) => sum + writesUnderWay, 0))],
    ['requests', `${requests.length}: ${tally(requests.map(({ verb }) => verb))}`],
    ['answered 429', String(requests.filter(({ status }) => status === 429).length)],
    ['faults', `${faults.length}: ${tally(faults)}`],
    ['private keys', String(keys.filter((name) => name.endsWith('.pem')).length)],
  ];
  return rows.map(([title, text]) => `${`${title}:`.padEnd(28)}${text}`).join('\n');
}

function stageText({ count, kills, codes }: StageHistory): string {
  const hit = kills.filter(({ phase }) => phase === 'writing').length;
  const underWay = kills.reduce((sum, { writesUnderWay }) => sum + writesUnderWay, 0);
  return `${count}, with ${kills.length} kills (${hit} while writing, ${underWay} writes in progress), then ${tally(codes.map((code) => `code ${code}`))}`;
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
