import { byPlace } from '../compare.ts';
import { groupBy } from '../group-by.ts';
import type { Message } from '../manifest/finding.ts';
import type { BrokenDocument, FileResult, LayeredDocument } from '../manifest/read-file.ts';
import type { TogetherFinding } from '../manifest/rules-together.ts';
import { formatPlace } from '../problem.ts';

/** A file's result, and the layer it is of. */
export interface LayerResult {
  readonly layer: number;
  readonly result: Pick<FileResult, 'layered' | 'names' | 'broken' | 'doubtful'>;
}

/** An application and its patches, in the order of their layers. */
export interface PatchedApplication {
  readonly application: LayeredDocument;
  readonly patches: readonly LayeredDocument[];
}

/** Which patches change which applications, and those of which that cannot be told. */
export interface PairedPatches {
  readonly patched: readonly PatchedApplication[];
  readonly findings: readonly TogetherFinding[];
  readonly broken: readonly BrokenDocument[];
}

interface InLayer {
  readonly layer: number;
  readonly document: LayeredDocument;
}

/** Finds the application of each patch: the one of its name, as written, in an earlier layer. */
export function pairPatches(results: readonly LayerResult[], nameSuffix: string): PairedPatches {
  const documents = results
    .flatMap(({ layer, result }) => result.layered.map((document) => ({ layer, document })))
    .sort((one, other) => one.layer - other.layer || byPlace(one.document, other.document));
  const pairs = [...groupBy(documents, ({ document }) => document.name).values()].map((same) =>
    pairSame(same, { results, nameSuffix }),
  );
  return {
    patched: pairs.flatMap(({ patched }) => patched),
    findings: pairs.flatMap(({ findings }) => findings),
    broken: pairs.flatMap(({ broken }) => broken),
  };
}

interface PairContext {
  readonly results: readonly LayerResult[];
  readonly nameSuffix: string;
}

function pairSame(same: readonly InLayer[], context: PairContext): PairedPatches {
  const applications = same.filter(({ document }) => document.kind === 'patched');
  const patches = same.filter(({ document }) => document.kind === 'patch');
  const lowest = Math.min(...applications.map(({ layer }) => layer));
  const orphans = patches.filter(({ layer }) => layer <= lowest);
  const pairs = applications.map(({ layer, document }) =>
    pairApplication(
      document,
      patches.filter((patch) => patch.layer > layer),
      context,
    ),
  );
  return {
    patched: pairs.flatMap(({ patched }) => patched),
    findings: [
      ...orphans.flatMap((orphan) => orphanFinding(orphan, context)),
      ...pairs.flatMap(({ findings }) => findings),
    ],
    broken: [
      // Not ours: it declares nothing that another manifest could clash with.
      ...orphans.map(({ document }) => brokenDocument(document, context, false)),
      ...pairs.flatMap(({ broken }) => broken),
    ],
  };
}

function pairApplication(
  application: LayeredDocument,
  patches: readonly InLayer[],
  context: PairContext,
): PairedPatches {
  const twice = [...groupBy(patches, ({ layer }) => String(layer)).values()].filter(({ length }) => length > 1);
  if (twice.length === 0) {
    return { patched: [{ application, patches: patches.map(({ document }) => document) }], findings: [], broken: [] };
  }
  const findings = twice.flatMap((same) =>
    same.map(({ document }) => {
      const others = same
        .filter((other) => other.document !== document)
        .map((other) => formatPlace(other.document.place));
      return finding(document, `this application is patched more than once in one layer: also at ${others.join(', ')}`);
    }),
  );
  return { patched: [], findings, broken: [brokenDocument(application, context, true)] };
}

/** What may stand in an earlier layer and cannot be read is told where it stands. */
function orphanFinding({ layer, document }: InLayer, { results }: PairContext): readonly TogetherFinding[] {
  const earlier = results.filter((one) => one.layer < layer).map(({ result }) => result);
  const { name } = document;
  const isTold = earlier.some(({ doubtful, broken, names }) => doubtful || (broken.length > 0 && names.includes(name)));
  if (isTold) return [];
  const here = results.find((one) => one.layer === layer && one.result.names.includes(name));
  if (here !== undefined)
    return [finding(document, 'the application of this name is in the same layer: change its manifest instead')];
  const names = earlier.flatMap((result) => result.names);
  return [finding(document, (suggest) => `no earlier layer has an application of this name${suggest(name, names)}`)];
}

function finding({ file, document, place }: LayeredDocument, message: Message): TogetherFinding {
  return { severity: 'error', file, document, place, path: ['metadata', 'name'], message };
}

function brokenDocument(
  { name, id, place }: LayeredDocument,
  { nameSuffix }: PairContext,
  ours: boolean,
): BrokenDocument {
  return { broken: { name: `${name}${nameSuffix}`, ...(id === undefined ? {} : { id }), place }, ours };
}
