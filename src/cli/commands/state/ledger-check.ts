import { join } from 'node:path';
import { type AccountCommand, type FormatOptions, loadDesired, onAccount } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import type { Application, ApplicationId, LiveState } from '../../../core/application/application.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes, worstCode } from '../../../core/exit-codes.ts';
import { keyStateOf } from '../../../core/ledger/key-states.ts';
import type { Ledger } from '../../../core/ledger/ledger.ts';
import { plural } from '../../../core/plural.ts';
import { jsonText, quoted, visible } from '../../../core/render/visible.ts';
import { noLedgerLine } from '../../../core/render/words.ts';
import { lockStatus } from '../../../lock/status.ts';
import { findTwins } from '../../../reconcile/find-twins.ts';
import { withKeys } from '../../../reconcile/listing.ts';
import { checkKey } from '../keys/keys-check.ts';

/** Something about the ledger that is not as it should be. */
interface Finding {
  /** `error`: something is lost or unreadable; `attention`: a pass or a person has to see to it. */
  readonly severity: 'error' | 'attention';
  readonly kind:
    | 'missing'
    | 'unconfirmed'
    | 'twin'
    | 'renamed'
    | 'key-mismatch'
    | 'key-missing'
    | 'key-stray'
    | 'rotation-open'
    | 'create-undecided'
    | 'body-missing'
    | 'body-unreadable';
  readonly message: string;
  readonly name?: string;
  readonly id?: ApplicationId;
}

/** Compares the ledger with the account, the key directory and the kept bodies. Reads only. */
export function ledgerCheckCommand(options: FormatOptions, context: CliContext): Promise<number> {
  return onAccount(context, options, async (on) => {
    const { config, ledger: file } = on.account;
    const ledger = await file.load();
    const locks = await locksOf(on);
    const findings = await findingsOf(on, ledger);
    const { known, serial, entries } = ledger;
    const document = { format: 'vonage-gitops.ledger-check/1', account: config.name, known, serial, locks, findings };
    const summary = known ? `${entries.size} owned, serial ${serial}` : noLedgerLine;
    const lines = [
      ...findings.map(({ severity, message }) => `${severity}: ${visible(message)}`),
      ...Object.entries(locks).map(([kind, state]) => `lock ${kind}: ${visible(state)}`),
      `${summary}: ${findings.length === 0 ? 'no problems found' : plural(findings.length, 'finding')}.`,
    ];
    context.stdout.write(options.format === 'json' ? jsonText(document) : `${lines.join('\n')}\n`);
    return worstCode(findings.map(({ severity }) => (severity === 'error' ? exitCodes.error : exitCodes.attention)));
  });
}

async function locksOf({
  session,
  account,
}: AccountCommand<FormatOptions>): Promise<Record<'daemon' | 'writer', string>> {
  const directory = join(session.state.directory, account.config.name);
  const { clock, stop } = session.context;
  const [daemon, writer] = await Promise.all([
    lockStatus({ directory, kind: 'daemon', clock, signal: stop }),
    lockStatus({ directory, kind: 'writer', clock, signal: stop }),
  ]);
  return { daemon, writer };
}

async function findingsOf(on: AccountCommand<FormatOptions>, ledger: Ledger): Promise<readonly Finding[]> {
  const ofEntries = await entryFindings(on, ledger);
  const ofTwins = await twinFindings(on);
  const ofKeys = await keyFindings(on, ledger);
  const ofBodies = await Promise.all(ledger.deletes.map(({ id, name }) => bodyFinding(on, id, name)));
  const open = ledger.intents.map(
    ({ name }): Finding => ({
      severity: 'attention',
      kind: 'create-undecided',
      ...(name === undefined ? {} : { name }),
      message:
        name === undefined
          ? 'a private key is waiting for its application to appear'
          : `the create of ${quoted(name)} is undecided: run apply`,
    }),
  );
  return [...ofEntries, ...ofTwins, ...ofKeys, ...ofBodies.flat(), ...open];
}

async function entryFindings(
  { account, session }: AccountCommand<FormatOptions>,
  ledger: Ledger,
): Promise<readonly Finding[]> {
  if (ledger.entries.size === 0) return [];
  const { stop } = session.context;
  const ids = [...ledger.entries.keys()];
  const listing = await account.api.list({ confirm: ids, signal: stop });
  const owned = await withKeys(
    listing.applications.filter(({ id }) => ledger.entries.has(id)),
    account.api,
    stop,
  );
  const live = new Map(owned.map((application) => [application.id, application]));
  const all = ids.map((id) => {
    const application = live.get(id);
    return application === undefined ? absentFinding(ledger, listing, id) : entryFinding(account, ledger, application);
  });
  return (await Promise.all(all)).flat();
}

/** One listing is no proof that an application is gone: passes look twice. */
function absentFinding(
  { entries }: Ledger,
  { stable, uncounted, missing }: LiveState,
  id: ApplicationId,
): readonly Finding[] {
  const name = entries.get(id)?.name ?? '';
  const about = { severity: 'attention', name, id } as const;
  const subject = `${quoted(name)} (${id})`;
  if (stable && uncounted !== true && missing.has(id)) {
    const message = `${subject} is missing: the API says that it does not exist. apply checks twice before it acts on that`;
    return [{ ...about, kind: 'missing', message }];
  }
  return [
    {
      ...about,
      kind: 'unconfirmed',
      message: `${subject} is not listed, and the API did not confirm that it does not exist`,
    },
  ];
}

async function twinFindings(on: AccountCommand<FormatOptions>): Promise<readonly Finding[]> {
  const { stop } = on.session.context;
  const twins = await findTwins(await loadDesired(on, stop), on.account.ports, stop);
  return twins.map(({ name = '', message, ids = [] }) => ({
    severity: 'attention',
    kind: 'twin',
    name,
    ...(ids[0] === undefined ? {} : { id: ids[0] }),
    message: `${quoted(name)}: ${message}`,
  }));
}

async function entryFinding(
  { keys }: AccountCommand<FormatOptions>['account'],
  { entries }: Ledger,
  application: Application,
): Promise<readonly Finding[]> {
  const { id } = application;
  const entry = entries.get(id);
  if (entry === undefined) return [];
  const { name } = entry;
  const about = { severity: 'attention', name, id } as const;
  const renamed: readonly Finding[] =
    application.name === name
      ? []
      : [
          {
            ...about,
            kind: 'renamed',
            message: `${quoted(name)} (${id}) is named ${quoted(application.name)} at Vonage`,
          },
        ];
  if (!entry.keyGenerated) return renamed;
  const { outcome, reason } = await checkKey(entry, application, keys);
  const message = `the key of ${quoted(name)} (${id}): ${reason}`;
  if (outcome === 'missing') return [...renamed, { ...about, severity: 'error', kind: 'key-missing', message }];
  return outcome === 'matches' ? renamed : [...renamed, { ...about, kind: 'key-mismatch', message }];
}

async function keyFindings({ account }: AccountCommand<FormatOptions>, ledger: Ledger): Promise<readonly Finding[]> {
  const files = await account.keys.list();
  const stray = files.filter((fingerprint) => keyStateOf(ledger, fingerprint).state === 'stray');
  const rotating = [...ledger.entries.values()].filter(({ nextKeyFingerprint }) => nextKeyFingerprint !== undefined);
  return [
    ...stray.map((fingerprint): Finding => {
      const message = `no record refers to the private key ${account.keys.path(fingerprint)}: the next apply searches for its application`;
      return { severity: 'attention', kind: 'key-stray', message };
    }),
    ...rotating.map(({ name, id }): Finding => {
      const message = `the key rotation of ${quoted(name)} (${id}) was interrupted: run rotate-key again`;
      return { severity: 'attention', kind: 'rotation-open', name, id, message };
    }),
  ];
}

async function bodyFinding(
  { account }: AccountCommand<FormatOptions>,
  id: ApplicationId,
  name: string,
): Promise<readonly Finding[]> {
  const about = { severity: 'error', name, id } as const;
  try {
    if ((await account.ledger.readBody(id)) !== undefined) return [];
    return [{ ...about, kind: 'body-missing', message: `no body is stored for the deleted ${quoted(name)} (${id})` }];
  } catch (error) {
    if (!(error instanceof ReconcilerError)) throw error;
    return [{ ...about, kind: 'body-unreadable', message: error.message }];
  }
}
