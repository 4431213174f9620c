import type { ApplicationId } from '../../core/application/application.ts';
import { keysAfter, sharedFileMessage, sharedFiles } from '../../core/deliveries/shared-files.ts';
import { isActiveFor } from '../../core/deliveries/undelivered-keys.ts';
import { asReconcilerError, ReconcilerError } from '../../core/errors.ts';
import type { Delivery } from '../../core/ledger/deliveries.ts';
import type { KeyFacts, KeyTarget, ReconcilePorts } from '../ports.ts';

/** The key of an application whose write was confirmed. */
type ConfirmedKey = KeyFacts & { readonly id: ApplicationId };

/**
 * Puts a private key in place at every target, beside the one in use, before the write that makes it its application's: whoever uses it
 * is never without the right one. All targets are tried, and those that have it are not asked again.
 * @throws {ReconcilerError} E_KEY_DELIVERY when one does not have it: then nothing may be sent
 */
export async function prepareKey(key: KeyFacts, ports: ReconcilePorts, signal?: AbortSignal): Promise<void> {
  const failures = await atEachTarget(ports, signal, (target) => prepareAt(target, key, ports, signal));
  const [first] = failures;
  if (first !== undefined) throw first;
}

/**
 * Tells every target that the key put in place is the one in use, once the write is confirmed. That write is done whatever comes of
 * this: what fails is recorded, and tried again by later passes.
 */
export async function activateKey(key: ConfirmedKey, ports: ReconcilePorts, signal?: AbortSignal): Promise<void> {
  await unlessCutShort(key, ports, () =>
    atEachTarget(ports, signal, (target) => activateAt(target, key, ports, signal)),
  );
}

/** Brings a key in use to every target that does not have it, or does not know that it is in use; one does not wait for another. */
export async function deliverKey(key: ConfirmedKey, ports: ReconcilePorts, signal?: AbortSignal): Promise<void> {
  await unlessCutShort(key, ports, () =>
    atEachTarget(ports, signal, async (target) => {
      if (isActiveAt(target, key, ports)) return undefined;
      return (await prepareAt(target, key, ports, signal)) ?? activateAt(target, key, ports, signal);
    }),
  );
}

/** Brings a key in use to every target once more, also where it is recorded to be: what was there may have been lost. */
export async function deliverAgain(key: ConfirmedKey, ports: ReconcilePorts, signal?: AbortSignal): Promise<void> {
  const { deliveries, ledger, clock } = ports;
  const records = (deliveries?.targets ?? []).map((target) => {
    const delivery = { ...factsOf(key, target), phase: 'preparing', at: clock.now() } as const;
    return { kind: 'delivery', delivery } as const;
  });
  await ledger.record(records, { durable: true }); // cut short, a later pass goes on with it
  await deliverKey(key, ports, signal);
}

/** Whether a private key could not be delivered. */
export function isKeyDelivery(error: unknown): error is ReconcilerError {
  return error instanceof ReconcilerError && error.code === 'E_KEY_DELIVERY';
}

async function prepareAt(
  target: KeyTarget,
  key: KeyFacts,
  ports: ReconcilePorts,
  signal: AbortSignal | undefined,
): Promise<ReconcilerError | undefined> {
  const known = deliveryOf(key, target, ports);
  // Elsewhere by now, where the configuration names another file: it is not in place before it is there.
  const isInPlace = known?.phase === 'prepared' && isAsTold(known, key) && known.file === target.fileFor(key);
  if (isInPlace) return undefined;
  const begun = { ...factsOf(key, target), phase: 'preparing', at: ports.clock.now() } as const;
  const call = async () => {
    refuseSharedFile(key, target, ports);
    const privateKeyFile = await ports.keys.store(key.fingerprint);
    await target.prepared({ ...key, privateKeyFile }, contextOf(target, ports, signal));
  };
  return attempt({ begun, known, done: 'prepared', call }, ports, signal);
}

async function activateAt(
  target: KeyTarget,
  key: ConfirmedKey,
  ports: ReconcilePorts,
  signal: AbortSignal | undefined,
): Promise<ReconcilerError | undefined> {
  const known = deliveryOf(key, target, ports);
  const begun = { ...factsOf(key, target), phase: 'prepared', at: ports.clock.now() } as const;
  const call = () => target.active(key, contextOf(target, ports, signal));
  return attempt({ begun, known, done: 'active', call }, ports, signal);
}

/** In turn, so that no two changes ask one target at the same time. */
async function atEachTarget(
  { deliveries }: ReconcilePorts,
  signal: AbortSignal | undefined,
  deliver: (target: KeyTarget) => Promise<ReconcilerError | undefined>,
): Promise<readonly ReconcilerError[]> {
  if (deliveries === undefined) return [];
  const leave = await deliveries.turn.take(signal);
  try {
    const failures: ReconcilerError[] = [];
    for (const target of deliveries.targets) {
      const failure = await deliver(target);
      if (failure !== undefined) failures.push(failure);
    }
    return failures;
  } finally {
    leave();
  }
}

/** What is done is told, even where it cannot be recorded any more, or there is no time to deliver its key. */
async function unlessCutShort(
  { name: application, id: applicationId }: ConfirmedKey,
  { log }: ReconcilePorts,
  deliver: () => Promise<unknown>,
): Promise<void> {
  try {
    await deliver();
  } catch (error) {
    log.warn({ application, applicationId, err: error }, 'delivery of private key interrupted');
  }
}

interface Attempt {
  /** Recorded before, so that the target may do its part and the process die. */
  readonly begun: Delivery;
  readonly known: Delivery | undefined;
  /** The phase when the call ends well. */
  readonly done: 'prepared' | 'active';
  readonly call: () => Promise<void>;
}

/** One call of a target between two records. The first is also the look whether this process may still write. */
async function attempt(
  { begun, known, done, call }: Attempt,
  { ledger, clock, log }: ReconcilePorts,
  signal: AbortSignal | undefined,
): Promise<ReconcilerError | undefined> {
  const record = (delivery: Delivery) => ledger.record([{ kind: 'delivery', delivery }], { durable: true });
  await record({ ...begun, ...(known?.failed === undefined ? {} : { failed: known.failed }) });
  const { name: application, id: applicationId, target } = begun;
  try {
    await call();
  } catch (error) {
    const failure = asDeliveryError(error, begun);
    if (signal?.aborted === true) return failure; // it was cut short: that says nothing of the target
    const reason = String(failure.details['reason']);
    await record({ ...begun, failed: { at: clock.now(), reason } });
    const tell = known?.failed?.reason === reason ? log.debug : log.warn; // told once
    tell.call(log, { application, applicationId, target, err: failure }, 'private key not delivered');
    return failure;
  }
  await record({ ...begun, phase: done, at: clock.now() });
  log.info({ application, applicationId, target, phase: done }, 'private key delivered');
  return undefined;
}

function asDeliveryError(error: unknown, { name: application, target }: Delivery): ReconcilerError {
  if (isKeyDelivery(error)) return error;
  const reason = asReconcilerError(error).message; // of what nobody expected it holds no word: it may quote values
  return new ReconcilerError('E_KEY_DELIVERY', { application, target, reason }, { cause: error });
}

/** @throws {ReconcilerError} E_KEY_DELIVERY when another application has its key in that file, or will have */
function refuseSharedFile(key: KeyFacts, target: KeyTarget, { ledger }: ReconcilePorts): void {
  const others = keysAfter(ledger.current(), []).filter(({ fingerprint }) => fingerprint !== key.fingerprint);
  const apart = others.filter(({ id }) => key.id === undefined || id !== key.id);
  const shared = sharedFiles([key, ...apart], [target]).get(key.fingerprint);
  if (shared === undefined) return;
  const reason = sharedFileMessage(shared);
  throw new ReconcilerError('E_KEY_DELIVERY', { application: key.name, target: target.name, reason });
}

function contextOf({ name }: KeyTarget, { ledger }: ReconcilePorts, signal: AbortSignal | undefined) {
  return { delivered: ledger.current().deliveries.filter(({ target }) => target === name), signal };
}

function deliveryOf({ fingerprint }: KeyFacts, { name }: KeyTarget, { ledger }: ReconcilePorts): Delivery | undefined {
  return ledger.current().deliveries.find((one) => one.fingerprint === fingerprint && one.target === name);
}

function isActiveAt(target: KeyTarget, key: ConfirmedKey, ports: ReconcilePorts): boolean {
  const known = deliveryOf(key, target, ports);
  return known !== undefined && isActiveFor(known, key);
}

/** Whether the target knows of its application what is known now, and nothing has failed since. */
function isAsTold({ name, id, failed }: Delivery, key: KeyFacts): boolean {
  return failed === undefined && name === key.name && id === key.id;
}

function factsOf(key: KeyFacts, target: KeyTarget): Pick<Delivery, 'fingerprint' | 'target' | 'name' | 'id' | 'file'> {
  const { fingerprint, name, id } = key;
  const file = target.fileFor(key);
  return {
    fingerprint,
    target: target.name,
    name,
    ...(id === undefined ? {} : { id }),
    ...(file === undefined ? {} : { file }),
  };
}
