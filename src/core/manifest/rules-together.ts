import { foldName } from '../fold-name.ts';
import { groupBy } from '../group-by.ts';
import { formatPlace, type Place } from '../problem.ts';
import { visible } from '../render/visible.ts';
import type { Message } from './finding.ts';
import type { BrokenDocument, DocumentPlace, FileManifest } from './read-file.ts';
import type { Path } from './schema.ts';

/** Something wrong between documents: where, and in which document of which file. */
export interface TogetherFinding extends DocumentPlace {
  readonly severity: 'error' | 'warning';
  /** Of the document's name. */
  readonly place: Place;
  readonly path: Path;
  readonly message: Message;
  /** The manifest that cannot be used, if it is an error. */
  readonly manifest?: FileManifest;
}

/** Problems that show only when all manifests of an account are seen together. A manifest with an error cannot be used. */
export function checkTogether(
  manifests: readonly FileManifest[],
  broken: readonly BrokenDocument[],
): readonly TogetherFinding[] {
  return [
    ...sameNames(manifests, broken),
    ...nearNames(manifests),
    ...sameIds(manifests, broken),
    ...sharedFormer(manifests),
    ...mutual(manifests),
  ];
}

function finding(one: FileManifest, path: Path, message: string): TogetherFinding {
  const { place } = one.manifest;
  const { file, document } = one.documentOf?.(path) ?? { file: place.file, document: one.document };
  return { severity: 'error', file, document, place, path, message, manifest: one };
}

function shown(name: string): string {
  return visible(JSON.stringify(name.length > 160 ? `${name.slice(0, 160)}...` : name));
}

/** Most other places told with one clash. */
const maxOthers = 5;

/** Every claim on a value that two or more manifests claim, a broken one among them, told at each healthy one. */
function clashes<Claimant>(
  claims: readonly (readonly [value: string, place: Place, claimant: Claimant | undefined])[],
  tell: (claimant: Claimant, value: string, others: string) => TogetherFinding,
): readonly TogetherFinding[] {
  return [...groupBy(claims, ([value]) => value).values()]
    .filter((same) => same.length > 1)
    .flatMap((same) =>
      same.flatMap(([value, place, claimant]) => {
        const near = same.slice(0, maxOthers + 1).filter((other) => other[1] !== place);
        const others = near.slice(0, maxOthers).map((other) => formatPlace(other[1]));
        return claimant === undefined ? [] : [tell(claimant, value, others.join(', '))];
      }),
    );
}

/** Several manifests may have one name, as applications may, if each of them says by its id which one it means. */
function sameNames(manifests: readonly FileManifest[], broken: readonly BrokenDocument[]): readonly TogetherFinding[] {
  const declared = [
    ...manifests.map((one) => ({ ...one.manifest, one })),
    ...broken.flatMap(({ broken: { name, id, place }, ours }) =>
      name !== undefined && ours ? [{ name, id, place, one: undefined }] : [],
    ),
  ];
  const pinned = groupBy(declared, ({ name }) => name);
  const isUnclear = (name: string) => pinned.get(name)?.some(({ id }) => id === undefined) === true;
  const claims = declared.flatMap(({ name, place, one }) => (isUnclear(name) ? [[name, place, one] as const] : []));
  return clashes(claims, (one, name, others) => {
    const hasPin = pinned.get(name)?.some(({ id }) => id !== undefined) === true;
    const remedy = hasPin ? '. To manage several applications of one name, pin the id in each manifest' : '';
    const message = `the name ${shown(name)} is declared more than once: also at ${others}${remedy}`;
    return finding(one, ['metadata', 'name'], message);
  });
}

/** Names that people cannot tell apart, where no manifest says that both are meant. One name in several is an error of its own. */
function nearNames(manifests: readonly FileManifest[]): readonly TogetherFinding[] {
  return [...groupBy(manifests, ({ manifest }) => foldName(manifest.name)).values()].flatMap((alike) => {
    const samples = [...new Map(alike.map((one) => [one.manifest.name, one])).values()].slice(0, 2);
    if (samples.length < 2) return [];
    return alike
      .filter(({ manifest }) => !saysWhichIsMeant(manifest))
      .flatMap((one) => {
        const others = samples.filter(({ manifest }) => manifest.name !== one.manifest.name).slice(0, 1);
        return others.map(({ manifest: { name, place } }) => {
          const message = `the name differs from ${shown(name)} (${formatPlace(place)}) in case, white space or invisible characters only: correct it, or add "formerly: []" if both are intended`;
          return { ...finding(one, ['metadata', 'name'], message), severity: 'warning' };
        });
      });
  });
}

function saysWhichIsMeant({ id, formerly }: FileManifest['manifest']): boolean {
  return id !== undefined || formerly?.length === 0;
}

function sameIds(manifests: readonly FileManifest[], broken: readonly BrokenDocument[]): readonly TogetherFinding[] {
  const claims = [
    ...manifests.flatMap((one) =>
      one.manifest.id === undefined ? [] : [[one.manifest.id, one.manifest.place, one] as const],
    ),
    ...broken.flatMap(({ broken: { id, place }, ours }) =>
      id !== undefined && ours ? [[id, place, undefined] as const] : [],
    ),
  ];
  return clashes(claims, (one, id, others) =>
    finding(one, ['metadata', 'id'], `the id ${id} is pinned more than once: also at ${others}`),
  );
}

interface Renamed {
  readonly one: FileManifest;
  readonly formerly: readonly string[];
  readonly earlier: ReadonlySet<string>;
}

function renamedOf(manifests: readonly FileManifest[]): readonly Renamed[] {
  return manifests.flatMap((one) => {
    const { formerly } = one.manifest;
    return formerly === undefined ? [] : [{ one, formerly, earlier: new Set(formerly) }];
  });
}

function sharedFormer(manifests: readonly FileManifest[]): readonly TogetherFinding[] {
  const claims = renamedOf(manifests).flatMap((renamed) =>
    renamed.formerly.map((name, index) => [name, renamed.one.manifest.place, { one: renamed.one, index }] as const),
  );
  return clashes(claims, ({ one, index }, name, others) => {
    const message = `the earlier name ${shown(name)} is also claimed at ${others}: pin the id in one of them`;
    return finding(one, ['metadata', 'formerly', index], message);
  });
}

function mutual(manifests: readonly FileManifest[]): readonly TogetherFinding[] {
  const renamed = renamedOf(manifests);
  const byName = new Map(renamed.map((each) => [each.one.manifest.name, each]));
  return renamed.flatMap(({ one, formerly }) =>
    formerly.flatMap((name, index) => {
      const other = byName.get(name);
      if (other === undefined || !other.earlier.has(one.manifest.name)) return [];
      const message = `${shown(one.manifest.name)} and ${shown(name)} (${formatPlace(other.one.manifest.place)}) list each other in formerly: to swap two names, pin both ids`;
      return [finding(one, ['metadata', 'formerly', index], message)];
    }),
  );
}
