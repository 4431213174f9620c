import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ApplicationId, parseApplicationId } from '../../src/core/application/application.ts';
import type { Intent, LedgerEntry } from '../../src/core/ledger/ledger.ts';
import { LedgerFile, type LedgerFileOptions } from '../../src/ledger/ledger-file.ts';

/** A folder that is gone when the test is over. */
export async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vonage-gitops-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export function anId(number: number): ApplicationId {
  const id = parseApplicationId(number.toString(16).padStart(32, '0'));
  if (id === undefined) throw new Error('not an id');
  return id;
}

export function aFingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function anEntry(number: number, members: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    id: anId(number),
    name: `application ${String(number).padStart(5, '0')}`,
    origin: 'created',
    paused: false,
    keyGenerated: false,
    file: `applications/${number}.yaml`,
    revision: 'r1',
    normalised: [],
    unproven: [],
    healed: [],
    ...members,
  };
}

export function anIntent(name: string, members: Partial<Intent> = {}): Intent {
  return {
    fingerprint: aFingerprint(name),
    name,
    keyGenerated: true,
    openedAt: 1000,
    before: [],
    file: 'support.yaml',
    revision: 'r1',
    hash: 'hash',
    specHash: 'specHash',
    ...members,
  };
}

/** The ledger of an account, with all its options. */
export function aLedgerFile(stateDirectory: string, options: Partial<LedgerFileOptions> = {}): LedgerFile {
  return new LedgerFile({ stateDirectory, account: 'main', apiKey: 'abcd1234', host: 'api.nexmo.com', ...options });
}
