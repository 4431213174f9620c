/** Counts afterwards, with nothing of the program's own code: what the account has against what the manifests ask for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Evidence, idsOf, type LedgerDocument } from './torture-evidence.ts';
import { fingerprintOf, keyFindings, strayFiles } from './torture-proof-keys.ts';
import { requestFindings } from './torture-proof-requests.ts';
import { webhookOf } from './torture-stages.ts';

/** Everything that is not as it must be; empty when all is well. */
export function findings(evidence: Evidence): readonly string[] {
  const ledger: LedgerDocument = JSON.parse(readFileSync(join(evidence.state, 'ledger.json'), 'utf8'));
  return [
    ...countFindings(evidence),
    ...deleteFindings(evidence, ledger),
    ...bodyFindings(evidence),
    ...keyFindings(evidence, ledger),
    ...ledgerFindings(evidence, ledger),
    ...strayFiles(evidence, ledger),
    ...othersTouched(evidence),
    ...requestFindings(evidence),
  ];
}

/** Exactly one application for each manifest, under the id it was created with, with its name and its webhook. */
export function countFindings({ wanted, live, ids }: Evidence): readonly string[] {
  return wanted.flatMap(({ number, name, formerly, webhook }) => {
    const found = live.filter((application) => application.name === name);
    const old = live.filter((application) => application.name === formerly).length;
    const [only] = found;
    return [
      ...(found.length === 1 ? [] : [`${name}: ${found.length} applications`]),
      ...(old === 0 ? [] : [`${name}: ${old} applications with the name before`]),
      ...(only?.id === ids.get(number) ? [] : [`${name}: its id is not as before`]),
      ...(webhookOf(only) === webhook ? [] : [`${name}: its webhook is ${webhookOf(only)}`]),
    ];
  });
}

/** What lost its manifest is gone and was counted once, and nothing else was. */
export function deleteFindings(evidence: Evidence, { deletes }: Pick<LedgerDocument, 'deletes'>): readonly string[] {
  const gone = idsOf('deletes', evidence);
  const live = new Set(evidence.live.map(({ id }) => id));
  const wrong = [...gone].flatMap((id) => {
    const times = deletes.filter((one) => sameId(one.id, id)).length;
    return [
      ...(live.has(id) ? [`${id}: not deleted`] : []),
      ...(times === 1 ? [] : [`${id}: deleted ${times} times, as the ledger says`]),
    ];
  });
  const others = deletes.filter(({ id }) => ![...gone].some((one) => sameId(one, id)));
  return [...wrong, ...others.map(({ name }) => `${name}: deleted, and its manifest is there`)];
}

/** The bodies of what was deleted are kept. */
function bodyFindings(evidence: Evidence): readonly string[] {
  const gone = [...idsOf('deletes', evidence)];
  return gone.flatMap((id) => (bodyIsKept(evidence.state, id) ? [] : [`${id}: its body is not kept`]));
}

function bodyIsKept(state: string, id: string): boolean {
  try {
    const { id: kept }: { readonly id?: string } = JSON.parse(
      readFileSync(join(state, 'bodies', `${id}.json`), 'utf8'),
    );
    return kept === undefined || sameId(kept, id);
  } catch {
    return false;
  }
}

function sameId(one: string, other: string): boolean {
  return one.replaceAll('-', '') === other.replaceAll('-', '');
}

/** One entry for each application, and nothing undecided or in progress. */
function ledgerFindings({ wanted, live }: Evidence, { entries, intents }: LedgerDocument): readonly string[] {
  const names = new Set(wanted.map(({ name }) => name));
  const owned = new Map(entries.map((entry) => [entry.id.replaceAll('-', ''), entry]));
  const wrong = live.flatMap(({ id, name, keys: { public_key: publicKey } }) => {
    const entry = owned.get(id.replaceAll('-', ''));
    if (!names.has(name)) return entry === undefined ? [] : [`${name}: owned, but not managed by this run`];
    const same = entry?.name === name && publicKey !== undefined && entry.keyFingerprint === fingerprintOf(publicKey);
    return same ? [] : [`${name}: the ledger says something else`];
  });
  const underWay = entries.filter(({ nextKeyFingerprint }) => nextKeyFingerprint !== undefined);
  return [
    ...wrong,
    ...(owned.size === wanted.length ? [] : [`${owned.size} entries for ${wanted.length} manifests`]),
    ...(intents.length === 0 ? [] : [`${intents.length} creates undecided`]),
    ...underWay.map(({ name }) => `${name}: a rotation is in progress`),
  ];
}

/** What is not ours was neither changed nor deleted. */
function othersTouched({ live, untouched }: Evidence): readonly string[] {
  const now = new Map(live.map((application) => [application.id, JSON.stringify(application)]));
  const changed = [...untouched].filter(([id, text]) => now.get(id) !== text);
  return changed.map(([id]) => `${id}: not managed, but changed`);
}
