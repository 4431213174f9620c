import { groupBy } from '../group-by.ts';
import { formatPlace } from '../problem.ts';
import type { BrokenDocument, FileManifest } from './read-file.ts';
import type { Path } from './schema.ts';

/** Something wrong between manifests: where, and in which document of which file. */
export interface TogetherFinding {
  readonly file: string;
  readonly document: number;
  readonly path: Path;
  readonly message: string;
  readonly manifest: FileManifest;
}

/** Problems that show only when all manifests of an account are seen together. Every manifest they name cannot be used. */
export function checkTogether(
  manifests: readonly FileManifest[],
  broken: readonly BrokenDocument[],
): readonly TogetherFinding[] {
  return [
    ...sameNames(manifests, broken),
    ...sameIds(manifests, broken),
    ...sharedFormer(manifests),
    ...mutual(manifests),
  ];
}

function finding(one: FileManifest, path: Path, message: string): TogetherFinding {
  return { file: one.manifest.place.file, document: one.document, path, message, manifest: one };
}

function shown(name: string): string {
  return JSON.stringify(name);
}

/** Most other places told with one clash. */
const maxOthers = 5;

/** Every claim on a value that two or more manifests claim, a broken one among them, told at each healthy one. */
function clashes(
  claims: readonly (readonly [value: string, place: string, claimant: FileManifest | undefined])[],
  tell: (claimant: FileManifest, value: string, others: string) => TogetherFinding,
): readonly TogetherFinding[] {
  return [...groupBy(claims, ([value]) => value).values()]
    .filter((same) => same.length > 1)
    .flatMap((same) =>
      same.flatMap(([value, place, claimant]) => {
        const near = same.slice(0, maxOthers + 1).filter((other) => other[1] !== place);
        const others = near.slice(0, maxOthers).map((other) => other[1]);
        return claimant === undefined ? [] : [tell(claimant, value, others.join(', '))];
      }),
    );
}

function sameNames(manifests: readonly FileManifest[], broken: readonly BrokenDocument[]): readonly TogetherFinding[] {
  const claims = [
    ...manifests.map((one) => [one.manifest.name, formatPlace(one.manifest.place), one] as const),
    ...broken.flatMap(({ broken: { name, place }, ours }) =>
      name !== undefined && ours ? [[name, formatPlace(place), undefined] as const] : [],
    ),
  ];
  return clashes(claims, (one, name, others) =>
    finding(one, ['metadata', 'name'], `the name ${shown(name)} is declared more than once: also at ${others}`),
  );
}

function sameIds(manifests: readonly FileManifest[], broken: readonly BrokenDocument[]): readonly TogetherFinding[] {
  const claims = [
    ...manifests.flatMap((one) =>
      one.manifest.id === undefined ? [] : [[one.manifest.id, formatPlace(one.manifest.place), one] as const],
    ),
    ...broken.flatMap(({ broken: { id, place }, ours }) =>
      id !== undefined && ours ? [[id, formatPlace(place), undefined] as const] : [],
    ),
  ];
  return clashes(claims, (one, id, others) =>
    finding(one, ['metadata', 'id'], `the id ${id} is pinned more than once: also at ${others}`),
  );
}

function sharedFormer(manifests: readonly FileManifest[]): readonly TogetherFinding[] {
  const claims = manifests.flatMap((one) =>
    (one.manifest.formerly ?? []).map((name) => [name, formatPlace(one.manifest.place), one] as const),
  );
  return clashes(claims, (one, name, others) => {
    const index = (one.manifest.formerly ?? []).indexOf(name);
    const message = `the earlier name ${shown(name)} is also claimed at ${others}: pin the id in one of them`;
    return finding(one, ['metadata', 'formerly', index], message);
  });
}

function mutual(manifests: readonly FileManifest[]): readonly TogetherFinding[] {
  const renamed = new Map(
    manifests.flatMap((one) => (one.manifest.formerly === undefined ? [] : [[one.manifest.name, one] as const])),
  );
  return [...renamed.values()].flatMap((one) =>
    (one.manifest.formerly ?? []).flatMap((name, index) => {
      const other = renamed.get(name);
      if (other === undefined || !(other.manifest.formerly ?? []).includes(one.manifest.name)) return [];
      const message = `${shown(one.manifest.name)} and ${shown(name)} (${formatPlace(other.manifest.place)}) are formerly each other: to swap two names, pin both ids`;
      return [finding(one, ['metadata', 'formerly', index], message)];
    }),
  );
}
