import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Session } from '../../../app/session.ts';
import { type AccountConfig, keyDirectory } from '../../../config/account.ts';
import { compareTexts } from '../../../core/compare.ts';
import { elapsedSince } from '../../../core/elapsed.ts';
import type { Ledger } from '../../../core/ledger/ledger.ts';
import { plural } from '../../../core/plural.ts';
import { quoted } from '../../../core/render/visible.ts';
import { keySince } from '../../../keys/key-since.ts';
import { ageText } from '../../table.ts';
import { type Finding, finding } from './doctor-finding.ts';

/** What the ledger and the key directory say of the key pairs that were made here. */
export function keyFindings(session: Session, account: AccountConfig, ledger: Ledger): readonly Finding[] {
  const directory = keyDirectory(account, session.state.directory);
  return [
    ...missingKeys(ledger, directory),
    ...oldKeys(ledger, { directory, account, now: session.context.clock.now() }),
  ];
}

/** Applications whose private key was made here and is not there any more. */
function missingKeys({ entries }: Ledger, directory: string): readonly Finding[] {
  return [...entries.values()].flatMap(({ name, id, keyGenerated, keyFingerprint }) => {
    const file = join(directory, `${keyFingerprint}.pem`);
    if (!keyGenerated || keyFingerprint === undefined || existsSync(file)) return [];
    const remedy = `restore the file from a backup, or make a new key pair with "vonage-gitops rotate-key ${id}"`;
    return [finding('fail', 'keys', `${quoted(name)}: its private key ${file} is missing: ${remedy}`)];
  });
}

interface Aged {
  readonly directory: string;
  readonly account: Pick<AccountConfig, 'rotateAfterMs'>;
  readonly now: number;
}

interface Old {
  readonly name: string;
  readonly age: number;
}

const namedAtMost = 5;

/** Key pairs that are older than the configuration wants them. Only a person rotates them. */
function oldKeys(ledger: Ledger, { directory, account: { rotateAfterMs }, now }: Aged): readonly Finding[] {
  if (rotateAfterMs === undefined) return [];
  const old = [...ledger.entries.values()].flatMap((entry) => {
    const since = keySince(ledger, entry, directory);
    const age = since === undefined ? 0 : elapsedSince(since, now);
    return age < rotateAfterMs ? [] : [{ name: entry.name, age }];
  });
  if (old.length === 0) return [];
  const byAge = (one: Old, other: Old) => daysOf(other) - daysOf(one) || compareTexts(one.name, other.name);
  const shown = old.sort(byAge).slice(0, namedAtMost);
  const names = shown.map(({ name, age }) => `${quoted(name)} (${ageText(age)})`).join(', ');
  const more = old.length > shown.length ? `, and ${old.length - shown.length} more` : '';
  const limit = ageText(rotateAfterMs).replace(' ', '');
  const message = `${plural(old.length, 'key pair is', 'key pairs are')} older than keys.rotateAfterDays allows: ${names}${more}: run "vonage-gitops rotate-key --all --older-than ${limit}"`;
  return [finding('warn', 'keys', message)];
}

function daysOf({ age }: Old): number {
  return Math.floor(age / 86_400_000);
}
