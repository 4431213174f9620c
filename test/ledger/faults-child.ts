import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyDirectory } from '../../src/keys/key-store.ts';
import { aFingerprint, aLedgerFile, anEntry, anIntent } from './builders.ts';

/**
 * Fills a ledger until the disk takes no more, and says in JSON how that ended: with which error, how many records were confirmed,
 * how many a fresh process reads, and what delivering a key to the same disk does.
 */
const [state = '', most = '0'] = process.argv.slice(2);

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return 'none';
  } catch (error) {
    return error instanceof Error && 'code' in error ? `${String(error.code)}: ${error.message}` : String(error);
  }
}

const file = aLedgerFile(state);
let confirmed = 0;
let ended = 'none';
while (ended === 'none' && confirmed < Number(most)) {
  const entry = anEntry(confirmed, { revision: 'r'.repeat(500) });
  ended = await codeOf(file.record([{ kind: 'entry', entry }], { durable: true }));
  if (ended === 'none') confirmed += 1;
}
const again = await codeOf(
  file.record([{ kind: 'intent', intent: anIntent('late', { file: 'f'.repeat(5000) }) }], { durable: true }),
);
const fresh = await aLedgerFile(state).load();
const text = confirmed === 0 ? '' : await readFile(join(state, 'main', 'ledger.json'), 'utf8');
const keys = new KeyDirectory({ stateDirectory: state, account: 'main' });
const { fingerprint } = await keys.generate();
const delivered = await codeOf(keys.store(fingerprint));
const read = { entries: fresh.entries.size, intents: fresh.intents.length, late: text.includes(aFingerprint('late')) };
const keyFiles = (await keys.list()).length;
process.stdout.write(JSON.stringify({ ended, again, confirmed, read, delivered, keyFiles }));
