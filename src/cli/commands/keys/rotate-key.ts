import {
  type AccountCommand,
  ask,
  assertKeyCustody,
  loadDesired,
  type WritingOptions,
  writingOnAccount,
} from '../../../app/account-command.ts';
import { assertNotPaused, type PauseOverride, recordIgnored } from '../../../app/bound-by-pauses.ts';
import type { CliContext } from '../../../app/context.ts';
import { whyUndelivered } from '../../../core/deliveries/tell-deliveries.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { ownedEntry } from '../../../core/ledger/find-owned.ts';
import type { LedgerEntry } from '../../../core/ledger/ledger.ts';
import { dottedPath } from '../../../core/pointer.ts';
import { jsonText, messageLines, quoted, visible } from '../../../core/render/visible.ts';
import { deliverPending, undeliveredOf } from '../../../reconcile/keys/deliver-pending.ts';
import { type Rotation, rotateKey } from '../../../reconcile/rotate-key.ts';
import { settleIntents } from '../../../reconcile/settle.ts';
import { declaredKey } from './declared-key.ts';
import { rotationDocument } from './rotation-document.ts';

/** Gives an owned application a new key pair; the private key before it is kept. */
export function rotateKeyCommand(
  nameOrId: string,
  options: WritingOptions & PauseOverride,
  context: CliContext,
): Promise<number> {
  return writingOnAccount(context, options, async (on, stop) => {
    const { account } = on;
    const before = await account.ledger.load();
    await settleIntents(account.ports, stop);
    await deliverPending(account.ports, stop);
    const entry = ownedEntry(account.ledger.current(), nameOrId);
    await refuseDeclaredKey(on, entry, stop);
    const rotation = settledRotation(before.entries.get(entry.id), entry, on) ?? (await askAndRotate(entry, on, stop));
    const at = context.clock.now();
    await account.ledger.appendHistory({ at, event: 'key-rotated', id: entry.id, name: entry.name });
    context.stdout.write(
      on.options.format === 'json' ? jsonText(documentOf(on, entry, rotation)) : textOf(on, entry, rotation),
    );
    return rotation.undelivered.length === 0 ? exitCodes.done : exitCodes.attention;
  });
}

/** The rotation that a run before this one began and could not confirm, if it took effect: asking for it again finishes it. */
function settledRotation(
  before: LedgerEntry | undefined,
  { id, keyFingerprint }: LedgerEntry,
  { account: { keys, ports } }: AccountCommand<WritingOptions>,
): Rotation | undefined {
  if (before?.nextKeyFingerprint === undefined || before.nextKeyFingerprint !== keyFingerprint) return undefined;
  const previous = before.keyGenerated ? before.keyFingerprint : undefined;
  const path = keys.path(keyFingerprint);
  return {
    fingerprint: keyFingerprint,
    path,
    ...(previous === undefined ? {} : { previous }),
    leftOut: [],
    undelivered: undeliveredOf(id, ports),
  };
}

async function askAndRotate(
  entry: LedgerEntry,
  on: AccountCommand<WritingOptions & PauseOverride>,
  stop: AbortSignal,
): Promise<Rotation> {
  await assertNotPaused(on, entry);
  const { name, id } = entry;
  const { ports, keys } = on.account;
  assertKeyCustody(on, name);
  await ask(
    on,
    `Give ${quoted(name)} (${id}) a new key pair? Requests signed with the old private key are rejected from then on.`,
  );
  await assertNotPaused(on, entry); // it may have been paused while the question stood
  if (on.options.ignorePause === true) await recordIgnored(on.session, on.account, 'rotate-key', [entry]);
  return rotateKey(entry, { ...ports, keys }, stop);
}

/** @throws {ReconcilerError} E_REFUSED for a key that a manifest declares */
async function refuseDeclaredKey(
  on: AccountCommand<WritingOptions>,
  entry: LedgerEntry,
  stop: AbortSignal,
): Promise<void> {
  const reason = declaredKey(await loadDesired(on, stop), entry);
  if (reason !== undefined) throw new ReconcilerError('E_REFUSED', { what: entry.name, reason });
}

function textOf({ account }: AccountCommand<WritingOptions>, { id, name }: LedgerEntry, rotation: Rotation): string {
  const { path, previous, leftOut, undelivered } = rotation;
  const old =
    previous === undefined ? [] : [`  old key ${visible(account.keys.path(previous))} (kept until "keys prune")`];
  const left = leftOut.map((pointer) => `  left out, the server did not accept it: ${visible(dottedPath(pointer))}`);
  const open = undelivered.flatMap((key) => messageLines(whyUndelivered(key), '  '));
  return [`rotated ${quoted(name)} ${id}`, `  new key ${visible(path)}`, ...old, ...left, ...open, ''].join('\n');
}

function documentOf({ account }: AccountCommand<WritingOptions>, entry: LedgerEntry, rotation: Rotation): object {
  const document = rotationDocument(account, entry, rotation);
  return { format: 'vonage-gitops.key-rotation/1', account: account.config.name, ...document };
}
