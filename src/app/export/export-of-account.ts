import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Application, LiveState } from '../../core/application/application.ts';
import { listingDoubt } from '../../core/application/listing-doubt.ts';
import { ReconcilerError } from '../../core/errors.ts';
import { type AccountExport, exportAccount } from '../../core/export/export-account.ts';
import { FileNames } from '../../core/export/file-names.ts';
import { linkedNotes } from '../../core/export/linked-notes.ts';
import { ManifestMaker } from '../../core/export/manifest-maker.ts';
import type { SecretNames } from '../../core/export/secret-names.ts';
import type { BrokenManifest, DesiredState, Manifest } from '../../core/manifest/manifest.ts';
import { everything, noOverrides } from '../../core/plan/policy.ts';
import { plural } from '../../core/plural.ts';
import { withKeys } from '../../reconcile/listing.ts';
import type { ApplicationReader, ListOptions } from '../../reconcile/ports.ts';
import { openAccount } from '../open-account.ts';
import { showProblems } from '../report-error.ts';
import type { Session } from '../session.ts';
import { openSource } from '../source/open-source.ts';
import { type ExportTarget, isThere } from './export-target.ts';

/** What is exported, and how. */
interface ExportChoice {
  /** Names or ids of the applications that are wanted, as globs; empty means all. */
  readonly only: readonly string[];
  readonly withIds: boolean;
  readonly withKeys: boolean;
}

/** What an export of an account is made with. */
export interface AccountExportOptions extends ExportChoice {
  readonly target: ExportTarget;
  /** Shared by all accounts of a run. */
  readonly names: SecretNames;
  /** Called after each response of the API. */
  readonly observe?: () => void;
}

/** What an export does, and the documents of the manifests that are there, by their places. */
export interface FoundExport extends AccountExport<Manifest | BrokenManifest> {
  readonly texts: DesiredState['texts'];
}

interface Existing extends Pick<FoundExport, 'texts'> {
  readonly manifests: readonly (Manifest | BrokenManifest)[];
}

/**
 * The manifests an account lacks, by one listing. Writes nothing.
 * @throws {ReconcilerError} E_REFUSED when the listing, or the manifests that are there, do not show what they are about; E_API_*, E_LEDGER_*
 */
export async function exportOfAccount(session: Session, options: AccountExportOptions): Promise<FoundExport> {
  const { target, observe } = options;
  const { account } = target;
  const rules = { selection: everything, overrides: noOverrides, whenStale: 'refuse', planOnly: true } as const;
  const opened = openAccount(session, account, { rules, ...(observe === undefined ? {} : { observe }) });
  const signal = session.context.stop;
  try {
    const { manifests, texts } = await existingManifests(session, target);
    const owned = await opened.ledger.load();
    const secrets = session.config.secretValues();
    const { nameSuffix, passthroughCapabilities } = account;
    const { scopeNames } = account.policy;
    const choice = { ...options, manifests, nameSuffix, scopeNames, passthroughCapabilities, secrets };
    const maker = new ManifestMaker(choice);
    // With keys, the listing alone does not show what is exported.
    const onPage = options.withKeys ? {} : { onPage: (page: readonly Application[]) => maker.makeAhead(page) };
    const [live, numbers] = await Promise.all([
      listing(opened.api, { confirm: [], ...onPage, signal }),
      opened.ports.numbers?.read(signal),
    ]);
    const found = exportAccount({
      ...choice,
      maker,
      applications: options.withKeys ? await withKeys(live.applications, opened.api, signal) : live.applications,
      owned,
      notesOn: linkedNotes(numbers),
      files: new FileNames(namesIn(target)),
    });
    return { ...found, texts };
  } finally {
    await opened.close();
  }
}

/** One listing: an application that another one hides while it is read is exported by the next run. @throws {ReconcilerError} E_REFUSED */
async function listing(api: ApplicationReader, options: ListOptions): Promise<LiveState> {
  const live = await api.list(options);
  if (live.stable) return live;
  throw new ReconcilerError('E_REFUSED', { what: 'export', reason: `${listingDoubt(live)}: try again` });
}

/** Valid or not, as long as it is known which application they declare. */
async function existingManifests(session: Session, target: ExportTarget): Promise<Existing> {
  if (!isThere(target)) return { manifests: [], texts: new Map() };
  const source = openSource(session, target.account, { opaqueVariables: true });
  const desired = await source.load({ signal: session.context.stop });
  const unknown = desired.broken.filter(({ id, name }) => id === undefined && name === undefined);
  if (unknown.length > 0) throw unreadable(session, desired, unknown.length);
  return { manifests: [...desired.manifests, ...desired.broken], texts: desired.texts };
}

function unreadable({ context }: Session, { problems, root }: DesiredState, count: number): ReconcilerError {
  showProblems(problems, root, context);
  const reason = `it is not known which applications ${plural(count, 'invalid document')} in it ${count === 1 ? 'declares' : 'declare'}, so they could be exported twice. Fix them, exclude them, or choose another directory with --out`;
  return new ReconcilerError('E_REFUSED', { what: root, reason });
}

function namesIn({ root, directory }: ExportTarget): readonly string[] {
  try {
    return readdirSync(join(root, directory));
  } catch {
    return []; // it is made when something is written, or what is wrong with it is told then
  }
}
