import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LedgerRecord } from '../../src/core/ledger/ledger.ts';
import { LedgerFile } from '../../src/ledger/ledger-file.ts';
import { eventually } from '../eventually.ts';

const disk = vi.hoisted(() => ({
  /** The next file read has its text at once and gives it when this resolves. */
  slowRead: undefined as Promise<void> | undefined,
}));

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof import('node:fs/promises')>();
  const open = async (path: string, flags: number, mode?: number) => {
    const file = await actual.open(path, flags, mode);
    const readFile = async (encoding: 'utf8') => {
      const wait = disk.slowRead;
      disk.slowRead = undefined;
      const text = await actual.readFile(path, encoding);
      await wait;
      return text;
    };
    return Object.assign(file, { readFile });
  };
  return { ...actual, open };
});

let stateDirectory: string;

beforeEach(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), 'vonage-gitops-load-'));
});

afterEach(() => rm(stateDirectory, { recursive: true, force: true }));

function anIntent(number: number): LedgerRecord {
  const fingerprint = String(number).padStart(64, '0');
  const nothing = { before: [], file: '', revision: '', hash: '', specHash: '' };
  return {
    kind: 'intent',
    intent: { fingerprint, name: `app ${number}`, keyGenerated: true, openedAt: 0, ...nothing },
  };
}

const namesIn = (ledger: LedgerFile) => ledger.current().intents.map(({ name }) => name);

test('a plan that loads the ledger while a pass records takes nothing from the pass', async () => {
  const ledger = new LedgerFile({ stateDirectory, account: 'main', apiKey: 'key', host: 'api.example' });
  await ledger.load();
  await ledger.record([anIntent(1)], { durable: true });
  let giveText: () => void = () => undefined;
  disk.slowRead = new Promise((resolve) => {
    giveText = resolve;
  });

  const loading = ledger.load();
  await eventually(() => expect(disk.slowRead).toBeUndefined());
  await ledger.record([anIntent(2)], { durable: true });
  giveText();
  await loading;

  expect(namesIn(ledger)).toEqual(['app 1', 'app 2']);
  await ledger.record([anIntent(3)], { durable: true });
  expect(namesIn(ledger)).toEqual(['app 1', 'app 2', 'app 3']);
});
