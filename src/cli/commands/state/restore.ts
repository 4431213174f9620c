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
import { type ApplicationId, parseApplicationId } from '../../../core/application/application.ts';
import { whyUndelivered } from '../../../core/deliveries/tell-deliveries.ts';
import type { UndeliveredKey } from '../../../core/deliveries/undelivered-keys.ts';
import { asReconcilerError, ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { ambiguousName } from '../../../core/ledger/find-owned.ts';
import type { Ledger, LedgerEntry } from '../../../core/ledger/ledger.ts';
import { type DeletedApplication, type RestoreKey, restoreChange, restoreKey } from '../../../core/ledger/restore.ts';
import type { DesiredState } from '../../../core/manifest/manifest.ts';
import { didYouMean } from '../../../core/mistakes/suggest.ts';
import type { ApplyResult } from '../../../core/plan/report.ts';
import { jsonText, messageLines, quoted, visible } from '../../../core/render/visible.ts';
import { undeliveredOf } from '../../../reconcile/keys/deliver-pending.ts';
import { sureListing, withKeys } from '../../../reconcile/listing.ts';
import { type Restored, restoreApplication } from '../../../reconcile/restore.ts';
import { settleIntents } from '../../../reconcile/settle.ts';
import { unlessLockLost } from '../../../reconcile/unless-lock-lost.ts';

/** Creates a deleted application again, from its body as kept, with the key pair it had where that is ours. */
export function restoreCommand(
  nameOrId: string,
  options: WritingOptions & PauseOverride,
  context: CliContext,
): Promise<number> {
  return writingOnAccount(context, options, async (on, stop) => {
    const { api, ledger, keys, ports, config, source: manifests } = on.account;
    await settleIntents(ports, stop);
    const deleted = await deletedApplication(on, nameOrId);
    await assertNotPaused(on, deleted);
    const listing = await sureListing(api, { confirm: [deleted.id], what: deleted.name, signal: stop });
    const live = { ...listing, applications: await withKeys(listing.applications, api, stop) };
    const key = restoreKey(deleted, await keys.list());
    const settleMs = config.policy.creates.settleSeconds * 1000;
    const now = context.clock.now();
    const facts = { deleted, key, owned: ledger.measured(ledger.current(), now), now, settleMs };
    const change = restoreChange({ ...facts, applications: live.applications });
    if (key.kind === 'new') assertKeyCustody(on, deleted.name);
    await ask(on, `Create ${quoted(deleted.name)} again, with a new id and ${keyWords[key.kind]}?`);
    await assertNotPaused(on, deleted); // it may have been paused while the question stood
    if (options.ignorePause === true) await recordIgnored(on.session, on.account, 'restore', [deleted]);
    const onWait = (seconds: number) => on.session.say(`Waiting ${seconds} s to check whether it was created.\n`);
    const { root = config.layers.root, sources } = ledger.current();
    const [source = manifests.identity()] = sources;
    const restored = await restoreApplication({ change, live, from: { source, root }, signal: stop, onWait }, ports);
    const id = idOrThrow(restored.result, deleted.name);
    const at = context.clock.now();
    const event = { at, event: 'restored', id, name: deleted.name, previousId: deleted.id };
    await unlessLockLost(() => ledger.appendHistory(event));
    const advice = await adviceOf(on, deleted);
    const undelivered = undeliveredOf(id, ports);
    const text = textOf(deleted, id, { restored, key, advice, undelivered });
    context.stdout.write(
      options.format === 'json' ? jsonText(documentOf(on, deleted, id, { restored, undelivered })) : text,
    );
    if (options.format === 'json') context.stderr.write(`${advice}\n`);
    return undelivered.length === 0 ? exitCodes.done : exitCodes.attention;
  });
}

const keyWords: Readonly<Record<RestoreKey['kind'], string>> = {
  held: 'the key pair it had',
  public: 'the public key it had, whose private key is not in the key directory',
  new: 'a new key pair',
};

/** What the ledger says was deleted; by its id also what only a kept body tells of. */
async function deletedApplication(
  { account }: AccountCommand<WritingOptions>,
  nameOrId: string,
): Promise<DeletedApplication> {
  const id = parseApplicationId(nameOrId) ?? deletedId(account.ledger.current(), nameOrId);
  const body = id === undefined ? undefined : await account.ledger.readBody(id);
  if (id !== undefined && body !== undefined && typeof body.name === 'string') return { id, name: body.name, body };
  throw new ReconcilerError('E_NOT_FOUND', {
    what: nameOrId,
    reason: whyNotStored(account.ledger.current(), nameOrId),
  });
}

const byId =
  '; bodies that were kept without a record can be restored by id (the directory "bodies" in the state directory)';
/** Most names that are told of. */
const maxNames = 5;

function whyNotStored({ entries, deletes }: Ledger, nameOrId: string): string {
  const isManaged = ({ id, name }: LedgerEntry) => name === nameOrId || id === parseApplicationId(nameOrId);
  if ([...entries.values()].some(isManaged)) return 'it is managed and was not deleted: there is nothing to restore';
  const names = [...new Set(deletes.map(({ name }) => name))];
  if (names.length === 0) return `no deleted application is recorded${byId}`;
  const others = names.length > maxNames ? `, and ${names.length - maxNames} more in "ledger show"` : '';
  const stored = `${names.slice(-maxNames).map(quoted).join(', ')}${others}`;
  return `no deleted application with that name or id is recorded${didYouMean(nameOrId, names)}. Recorded: ${stored}${byId}`;
}

/** @throws {ReconcilerError} E_NAME_AMBIGUOUS when several of that name were deleted */
function deletedId({ deletes }: Ledger, deletedName: string): ApplicationId | undefined {
  const [found, ...others] = deletes.filter(({ name }) => name === deletedName);
  if (found === undefined || others.length === 0) return found?.id;
  throw ambiguousName(
    deletedName,
    [found, ...others].map(({ id, at }) => `${id} (deleted ${new Date(at).toISOString()})`),
  );
}

function idOrThrow(result: ApplyResult, what: string): ApplicationId {
  switch (result.outcome) {
    case 'applied':
      return result.id;
    case 'failed':
    case 'unknown':
      throw result.error;
    case 'skipped':
    case 'stale':
      throw new ReconcilerError('E_REFUSED', { what, reason: result.reason });
  }
}

/**
 * What a person has to do so that the next pass agrees with the restored application. Asked for once the application is there: that must be
 * said, even to who asked to stop, and where manifests cannot be read.
 */
async function adviceOf(on: AccountCommand<WritingOptions>, { id, name }: DeletedApplication): Promise<string> {
  let manifests: DesiredState['manifests'];
  try {
    ({ manifests } = await loadDesired(on));
  } catch (error) {
    return `Whether a manifest refers to it is not known: ${visible(asReconcilerError(error).message)}. Until one does, it is protected and no pass changes or deletes it.`;
  }
  const pinning = manifests.find((manifest) => manifest.id === id);
  if (pinning !== undefined) {
    const { file, line } = pinning.place;
    return `Its manifest (${visible(file)}:${line}) still pins the old id: replace it, or the next pass reports a conflict.`;
  }
  const naming = manifests.find((manifest) => manifest.name === name && manifest.id === undefined);
  if (naming === undefined) {
    return 'No manifest refers to it: until one does, it is protected and no pass changes or deletes it. Add a manifest with that name, or release it.';
  }
  const { file, line } = naming.place;
  return `Its manifest (${visible(file)}:${line}) applies to it from now on: plan shows what apply would change.`;
}

interface RestoreText {
  readonly restored: Restored;
  readonly key: RestoreKey;
  readonly advice: string;
  readonly undelivered: readonly UndeliveredKey[];
}

function textOf(
  { id: previous, name }: DeletedApplication,
  id: ApplicationId,
  { restored, key, advice, undelivered }: RestoreText,
): string {
  const { result, leftOut } = restored;
  const path =
    result.outcome === 'applied' && result.key !== undefined ? [`  private key ${visible(result.key.path)}`] : [];
  const lines = [
    `restored ${quoted(name)} ${id} (it was ${previous})`,
    `  with ${keyWords[key.kind]}`,
    ...path,
    ...undelivered.flatMap((one) => messageLines(whyUndelivered(one), '  ')),
    ...leftOut.map((pointer) => `  left out, the server did not accept it: ${visible(pointer)}`),
    '  It has a new id: replace the old one wherever it is configured, and link its phone numbers again.',
    ...messageLines(advice, '  '),
  ];
  return `${lines.join('\n')}\n`;
}

function documentOf(
  { account }: AccountCommand<WritingOptions>,
  { id: previousId, name }: DeletedApplication,
  applicationId: ApplicationId,
  { restored: { result, leftOut }, undelivered }: Pick<RestoreText, 'restored' | 'undelivered'>,
): object {
  return {
    format: 'vonage-gitops.restore/1',
    account: account.config.name,
    application: name,
    applicationId,
    previousId,
    ...(result.outcome === 'applied' && result.key !== undefined ? { key: result.key } : {}),
    leftOut,
    ...(undelivered.length === 0 ? {} : { undelivered: undelivered.map(({ target }) => target) }),
  };
}
