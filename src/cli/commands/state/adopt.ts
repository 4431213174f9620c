import {
  type AccountCommand,
  ask,
  loadDesired,
  type WritingOptions,
  writingOnAccount,
} from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import { otherLedgerNotice } from '../../../app/other-ledger.ts';
import { type Application, type ApplicationId, parseApplicationId } from '../../../core/application/application.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { adoptById } from '../../../core/ledger/adopt-by-id.ts';
import { hasBegun, type Ledger } from '../../../core/ledger/ledger.ts';
import { removalWords } from '../../../core/ledger/removal-words.ts';
import { describeMove, sourceStanding } from '../../../core/ledger/source-standing.ts';
import type { DesiredState, Manifest } from '../../../core/manifest/manifest.ts';
import { expectedId } from '../../../core/manifest/schema.ts';
import { didYouMean } from '../../../core/mistakes/suggest.ts';
import { jsonText, quoted, visible } from '../../../core/render/visible.ts';
import { sureListing } from '../../../reconcile/listing.ts';

/** Options of `adopt`. */
export interface AdoptOptions extends WritingOptions {
  readonly id: string;
}

/** The same with the id as one. */
type Adopting = WritingOptions & { readonly id: ApplicationId };

/** Records that a manifest means this very application. Nothing is sent to Vonage, and nothing a later apply would remove is taken over. */
export function adoptCommand(
  { name, directory }: { readonly name: string; readonly directory: string | undefined },
  given: AdoptOptions,
  context: CliContext,
): Promise<number> {
  const options = { ...given, id: idOf(given.id) };
  return writingOnAccount<Adopting>(context, options, (on, stop) => adopt(on, name, stop), directory);
}

async function adopt(on: AccountCommand<Adopting>, name: string, stop: AbortSignal): Promise<number> {
  const { api, ledger, keys, config } = on.account;
  const { policy } = config;
  const owned = await ledger.load();
  const desired = await loadDesired(on, stop);
  const manifest = manifestOf(desired, name);
  if (owned.entries.get(on.options.id)?.name === name) return alreadyManaged(on, manifest);
  await assertOurLedger(on, owned, desired, name);
  const confirm = [on.options.id, ...owned.entries.keys()];
  const live = await sureListing(api, { confirm, what: name, signal: stop });
  const application = await liveApplication(on, name);
  const now = on.session.context.clock.now();
  const facts = { manifest, application, desired, live, owned, policy, keys: await keys.list(), now };
  const adoption = adoptById(facts);
  if ('refused' in adoption) throw new ReconcilerError('E_REFUSED', { what: name, reason: adoption.refused });
  await ask(on, questionOf(manifest, application));
  await ledger.keepBody(application.id, application.body);
  const { root = desired.root, sources } = owned;
  const [source = desired.source] = sources;
  const records = [{ kind: 'source', source, root } as const, { kind: 'entry', entry: adoption.entry } as const];
  await ledger.record(records, { durable: true });
  const { keyFingerprint, keyGenerated } = adoption.entry;
  if (keyFingerprint !== undefined && keyGenerated) await keys.label(keyFingerprint, { name, id: application.id });
  return tell(on, manifest, 'adopted');
}

/** @throws {ReconcilerError} E_USAGE */
function idOf(text: string): ApplicationId {
  const id = parseApplicationId(text);
  if (id !== undefined) return id;
  throw new ReconcilerError('E_USAGE', { message: `--id ${text}: expected ${expectedId}` });
}

/** @throws {ReconcilerError} E_NOT_FOUND: an application without a manifest would have nothing that says how it should be */
function manifestOf({ manifests, broken }: DesiredState, name: string): Manifest {
  const manifest = manifests.find((one) => one.name === name);
  if (manifest !== undefined) return manifest;
  const invalid = broken.find((one) => one.name === name);
  const names = manifests.map((one) => one.name);
  const reason =
    invalid === undefined
      ? `no manifest has that name${didYouMean(name, names)}: write one first`
      : `its manifest is invalid: fix ${invalid.place.file}:${invalid.place.line} first`;
  throw new ReconcilerError('E_NOT_FOUND', { what: name, reason });
}

/** @throws {ReconcilerError} E_REFUSED where another ledger, or other manifests, may be those of the account */
async function assertOurLedger(
  { session, account }: AccountCommand<Adopting>,
  owned: Ledger,
  desired: DesiredState,
  what: string,
): Promise<void> {
  const { config, ports } = account;
  const facts = { desired, owned, policy: config.policy };
  const elsewhere = await otherLedgerNotice(session, config);
  const isUnsafe = !hasBegun(owned) && ports.rules.adoptionCustody !== 'safe';
  const reason =
    (sourceStanding(facts) === 'other' ? describeMove(facts) : undefined) ??
    elsewhere ??
    (isUnsafe
      ? 'there is no ledger here yet, and the state directory was not chosen: set state in the configuration, VONAGE_GITOPS_STATE or --state'
      : undefined);
  if (reason !== undefined) throw new ReconcilerError('E_REFUSED', { what, reason });
}

async function liveApplication({ account, options }: AccountCommand<Adopting>, what: string): Promise<Application> {
  const application = await account.api.get(options.id);
  if (application !== undefined) return application;
  throw new ReconcilerError('E_NOT_FOUND', { what, reason: `the account has no application ${options.id}` });
}

function questionOf({ name, place }: Manifest, application: Application): string {
  const live = application.name === name ? '' : `, live ${quoted(application.name)},`;
  return `Manage ${application.id}${live} as ${quoted(name)} (${visible(place.file)}:${place.line})? Nothing is changed at Vonage.`;
}

function alreadyManaged(on: AccountCommand<Adopting>, manifest: Manifest): number {
  return tell(on, manifest, 'unchanged');
}

function tell({ session, account, options }: AccountCommand<Adopting>, manifest: Manifest, result: string): number {
  const { name, deletionPolicy } = manifest;
  const { config } = account;
  const removal = removalWords(deletionPolicy, config.policy);
  const text = [
    `${result === 'adopted' ? 'adopted' : 'already managed:'} ${quoted(name)} ${options.id}`,
    '  nothing was changed at Vonage: plan shows what apply would do',
    '  until an apply has read its manifest it is protected',
    `  from then on, removing its manifest ${removal}`,
  ].join('\n');
  const document = {
    format: 'vonage-gitops.adopt/1',
    account: config.name,
    application: name,
    applicationId: options.id,
    result,
    onRemoval: removal,
  };
  session.context.stdout.write(options.format === 'json' ? jsonText(document) : `${text}\n`);
  return exitCodes.done;
}
