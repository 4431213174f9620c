import { type AccountCommand, type FormatOptions, onAccount } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import type { CommonOptions } from '../../../app/session.ts';
import { parseApplicationId } from '../../../core/application/application.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import type { Delivery } from '../../../core/ledger/deliveries.ts';
import { ownedEntry } from '../../../core/ledger/find-owned.ts';
import { type KeyState, keyStateOf } from '../../../core/ledger/key-states.ts';
import type { Ledger, LedgerEntry } from '../../../core/ledger/ledger.ts';
import { jsonText } from '../../../core/render/visible.ts';
import { keySince } from '../../../keys/key-since.ts';
import type { KeptKey } from '../../../keys/key-store.ts';
import { dateText, renderTable } from '../../table.ts';

/** Lists the private keys in the key directory, and those that should be there and are not. */
export function keysListCommand(options: FormatOptions, context: CliContext): Promise<number> {
  return onAccount(context, options, async ({ account, options: { format } }) => {
    const ledger = await account.ledger.load();
    const kept = await account.keys.inventory();
    const known = [...kept.map((key) => rowOf(key, keyStateOf(ledger, key.fingerprint))), ...missing(ledger, kept)];
    const rows = known.map((row) => ({ ...row, ...useOf(row, ledger, account.keys.directory) }));
    const document = { format: 'vonage-gitops.keys-list/2', account: account.config.name, keys: rows };
    context.stdout.write(format === 'json' ? jsonText(document) : textOf(rows, account.keys.directory));
    return exitCodes.done;
  });
}

/** Prints where the private key in use is, and nothing else. */
export function keysPathCommand(nameOrId: string, options: CommonOptions, context: CliContext): Promise<number> {
  return onAccount(context, options, async (on) => {
    const { keys } = on.account;
    const ledger = await on.account.ledger.load();
    const fingerprint = await fingerprintFor(on, ledger, nameOrId);
    const found = await keys.find(fingerprint);
    if (found === undefined) {
      throw new ReconcilerError('E_KEY_NOT_FOUND', { application: nameOrId, directory: keys.directory });
    }
    context.stdout.write(`${keys.path(found.fingerprint)}\n`);
    return exitCodes.done;
  });
}

/**
 * Of the owned application; else, by what the key directory's index says, the one key of that name or id.
 * @throws {ReconcilerError} E_NOT_FOUND, E_NAME_AMBIGUOUS, E_KEY_NOT_FOUND for a key that never was ours, E_REFUSED
 */
async function fingerprintFor(
  { account }: AccountCommand<CommonOptions>,
  ledger: Ledger,
  nameOrId: string,
): Promise<string> {
  const [key, ...others] = await account.keys.lookup(parseApplicationId(nameOrId) ?? nameOrId);
  const owned = key === undefined ? ownedEntry(ledger, nameOrId) : ownedIfAny(ledger, nameOrId);
  if (owned !== undefined) return ownedFingerprint(owned, account.keys.directory);
  if (key !== undefined && others.length === 0) return key.fingerprint;
  const reason = 'it is not owned, and several keys are stored for it: choose one with "keys list"';
  throw new ReconcilerError('E_REFUSED', { what: nameOrId, reason });
}

/** A key pair that is not ours has its private half elsewhere, if anywhere. */
function ownedFingerprint({ name, origin, keyGenerated, keyFingerprint }: LedgerEntry, directory: string): string {
  if (keyGenerated && keyFingerprint !== undefined) return keyFingerprint;
  const whose =
    origin === 'adopted' ? 'it was adopted with the key pair it had' : 'its manifest brought the public key';
  const reason = `${whose}, whose private half was never stored here. "rotate-key" gives it a new key pair`;
  throw new ReconcilerError('E_KEY_NOT_FOUND', { application: name, directory, reason });
}

function ownedIfAny(ledger: Ledger, nameOrId: string): LedgerEntry | undefined {
  try {
    return ownedEntry(ledger, nameOrId);
  } catch (error) {
    if (error instanceof ReconcilerError && error.code === 'E_NOT_FOUND') return undefined;
    throw error;
  }
}

interface KeyRow {
  readonly fingerprint: string;
  readonly name?: string;
  readonly id?: string;
  readonly state: KeyState['state'] | 'missing';
  /** Why it is retired. */
  readonly reason?: string;
  /** Since when it is retired: ISO 8601. */
  readonly at?: string;
  readonly path?: string;
  /** Since when it is in use: ISO 8601. */
  readonly since?: string;
  /** Where it was delivered to, in which phase. */
  readonly deliveries?: readonly Pick<Delivery, 'target' | 'phase' | 'file'>[];
}

/** Since when a key is in use, and where else it is; an earlier copy at a target may have been replaced. */
function useOf(
  { state, id, fingerprint }: KeyRow,
  ledger: Ledger,
  directory: string,
): Pick<KeyRow, 'since' | 'deliveries'> {
  const entry = state === 'in use' ? [...ledger.entries.values()].find((one) => one.id === id) : undefined;
  const since = entry === undefined ? undefined : keySince(ledger, entry, directory);
  const deliveries = ledger.deliveries
    .filter((delivery) => delivery.fingerprint === fingerprint)
    .map(({ target, phase, file }) => ({ target, phase, ...(file === undefined ? {} : { file }) }));
  return {
    ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
    ...(deliveries.length === 0 ? {} : { deliveries }),
  };
}

function rowOf({ fingerprint, path, name, id }: KeptKey, state: KeyState): KeyRow {
  const owner = { ...(name === undefined ? {} : { name }), ...(id === undefined ? {} : { id }) };
  switch (state.state) {
    case 'in use':
      return { fingerprint, name: state.entry.name, id: state.entry.id, state: 'in use', path };
    case 'undecided':
      return {
        fingerprint,
        ...owner,
        ...(state.name === undefined ? {} : { name: state.name }),
        state: 'undecided',
        path,
      };
    case 'retired':
      return {
        fingerprint,
        ...owner,
        state: 'retired',
        reason: state.key.reason,
        at: new Date(state.key.at).toISOString(),
        path,
      };
    case 'stray':
      return { fingerprint, ...owner, state: 'stray', path };
  }
}

/** Keys that entries say are ours and the directory does not hold. */
function missing({ entries }: Ledger, kept: readonly KeptKey[]): readonly KeyRow[] {
  const held = new Set(kept.map(({ fingerprint }) => fingerprint));
  return [...entries.values()].flatMap(({ keyFingerprint: fingerprint, keyGenerated, name, id }) =>
    fingerprint === undefined || !keyGenerated || held.has(fingerprint)
      ? []
      : [{ fingerprint, name, id, state: 'missing' }],
  );
}

function textOf(rows: readonly KeyRow[], directory: string): string {
  if (rows.length === 0) return `No private keys in ${directory}.\n`;
  const headings = ['FINGERPRINT', 'NAME', 'ID', 'STATE', 'PATH'];
  const cells = rows.map((row) => [row.fingerprint, row.name ?? '-', row.id ?? '-', stateText(row), row.path ?? '-']);
  if (rows.every(({ deliveries }) => deliveries === undefined)) return renderTable(headings, cells);
  const delivered = rows.map(({ deliveries = [] }) => deliveries.map(deliveryText).join(', ') || '-');
  return renderTable(
    [...headings, 'DELIVERED'],
    cells.map((row, index) => [...row, delivered[index] ?? '-']),
  );
}

function deliveryText({ target, phase }: Pick<Delivery, 'target' | 'phase'>): string {
  return phase === 'active' ? target : `${target} (${phase})`;
}

function stateText({ state, reason, at, since }: KeyRow): string {
  if (since !== undefined) return `${state} (since ${dateText(Date.parse(since))})`;
  return reason === undefined || at === undefined ? state : `${state} (${reason} ${dateText(Date.parse(at))})`;
}
