import { type Cut, maxItems } from '../manifest/cut-document.ts';
import type { Finding, PathFinding } from '../manifest/finding.ts';
import { AliasTargets, Locator, type YamlDocument } from '../manifest/locate.ts';
import type { ManifestOptions } from '../manifest/options.ts';
import { type ReadValue, readValue } from '../manifest/read-value.ts';
import type { Path } from '../manifest/schema.ts';
import { pointerOf } from '../pointer.ts';
import type { Steps } from '../steps.ts';
import { checkDocument, type DeclaredApplication } from './check-document.ts';
import { layerOf } from './layer-of.ts';
import { type MergedRead, mergeReads } from './merge-reads.ts';

/** One document of an application: its manifest, or a patch of a later layer. */
export interface Part {
  readonly document: YamlDocument;
  /** Relative to the manifests' root. */
  readonly file: string;
  /** Set when it is not complete. */
  readonly cut: Cut | undefined;
}

/** What an application's documents say together. */
export interface ReadParts<Each extends Part> {
  /** Of use only when it is sound. */
  readonly declared: DeclaredApplication;
  /** By part: problems stand where the value came from. */
  readonly found: readonly { readonly part: Each; readonly findings: readonly Finding[] }[];
  readonly sound: boolean;
  /** The part that a value came from. */
  readonly partOf: (path: Path) => Each;
}

/** Reads the documents of one application, its manifest and patches in the order of their layers, and checks what comes of it, in steps. */
export function* readParts<Each extends Part>(
  application: Each,
  patches: readonly Each[],
  options: ManifestOptions,
): Steps<ReadParts<Each>> {
  const base = openPart(application, options);
  const later = patches.map((patch) => openPart(patch, options));
  yield;
  const merged = mergeReads(base, later);
  const partOf = (path: Path) => merged.origins.partOf(pointerOf(path)).part;
  const checked = checkDocument(merged, partOf(['spec', 'keys', 'public_key_file']).file, options);
  yield;
  const opened = [base, ...later];
  const complete = opened.every(({ part }) => part.cut === undefined);
  const told = complete ? checked.findings : checked.findings.filter(({ at }) => at !== 'missing');
  const found = opened.map((one) => ({ part: one.part, findings: findingsOf(one, { merged, told, options }) }));
  const sound = found.every(({ findings }) => findings.every(({ severity }) => severity === 'warning'));
  return { declared: checked.declared, found, sound, partOf };
}

interface OpenedPart<Each> {
  readonly part: Each;
  readonly read: ReadValue;
  readonly targets: AliasTargets;
}

function openPart<Each extends Part>(part: Each, options: ManifestOptions): OpenedPart<Each> {
  const targets = new AliasTargets(part.document);
  return { part, targets, read: readValue(part.document, targets, options) };
}

interface Judged<Each> {
  readonly merged: MergedRead<OpenedPart<Each>>;
  readonly told: readonly PathFinding[];
  readonly options: ManifestOptions;
}

function findingsOf<Each extends Part>(
  one: OpenedPart<Each>,
  { merged, told, options }: Judged<Each>,
): readonly Finding[] {
  const { document, cut } = one.part;
  const locator = new Locator(document, one.targets);
  const isUsed = ({ path }: { readonly path: Path }) => merged.origins.partOf(pointerOf(path)) === one;
  const found = one.read.findings.filter((finding) => finding.ofFilling !== true || isUsed(finding));
  const refused = new Set(found.filter(({ severity }) => severity === 'error').map(({ path }) => pointerOf(path)));
  const idle = merged.idle.flatMap(({ part, path }) => (part === one ? [idleFinding(locator, path)] : []));
  const checked = told.filter(isUsed).flatMap(({ severity, path, at, message }) => {
    const pointer = pointerOf(path);
    // A value that is unknown, or that was refused already, has nothing more to be said about it.
    if (merged.opaque.has(pointer) || refused.has(pointer)) return [];
    return [{ severity, path, message, offset: locator.offsetOf(path, at) }];
  });
  return [
    ...document.warnings.map(({ pos, message }) => syntaxFinding(pos[0], message)),
    ...found,
    ...pinFindings(one.part, locator, options),
    ...idle,
    ...checked,
    ...(cut === undefined ? [] : [cutFinding(cut)]),
  ];
}

/** An error of the YAML parser. */
export function syntaxFinding(offset: number, message: string): Finding {
  return { severity: 'error', offset, path: [], message: `YAML: ${message}` };
}

/** That a document is not complete. */
export function cutFinding({ count, offset }: Cut): Finding {
  const most = maxItems.toLocaleString('en-US');
  const message = `more than ${most} fields and items in one document: the document is not used`;
  return { severity: 'error', offset, path: [], message, count };
}

function idleFinding(locator: Locator, path: Path): Finding {
  const message = 'nothing to remove: no earlier layer has this field';
  return { severity: 'warning', offset: locator.offsetOf(path, 'key'), path, message };
}

/** Earlier layers are shared by environments, and an id is of one application in one account. */
function pinFindings({ document, file }: Part, locator: Locator, { layers }: ManifestOptions): readonly Finding[] {
  if (layerOf(file, layers) === layers.length - 1 || !document.hasIn(['metadata', 'id'])) return [];
  const path = ['metadata', 'id'];
  const message = `only the last layer (${layers.at(-1)}) may pin an id: other environments may share this layer. Set metadata.id in a patch there`;
  return [{ severity: 'error', path, message, offset: locator.offsetOf(path, 'key') }];
}
