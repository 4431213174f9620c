/** The directories an account's manifests are in, in their order: base first. Paths have forward slashes. */
export interface Layers {
  /** The directory that all of them are in; of one, itself. Places of manifests are relative to it. */
  readonly root: string;
  /** The directories relative to the root; of one, an empty text. */
  readonly below: readonly string[];
}

/** Directories by what they have in common. All are absolute, or all relative to one directory. */
export function layersOf(paths: readonly string[]): Layers {
  const [first = [], ...others] = paths.map((path) => path.split('/').filter((step) => step !== ''));
  const end = first.findIndex((step, index) => others.some((steps) => steps[index] !== step));
  const common = end === -1 ? first : first.slice(0, end);
  const root = common.join('/');
  const isAbsolute = paths.some((path) => path.startsWith('/'));
  const below = [first, ...others].map((steps) => steps.slice(common.length).join('/'));
  return { root: isAbsolute ? `/${root}` : root, below };
}

/** The directories themselves: absolute, or relative to the top of a repository. */
export function layerPaths({ root, below }: Layers): readonly string[] {
  return below.map((layer) =>
    root === '' || layer === '' ? `${root}${layer}` : `${root.replace(/\/$/, '')}/${layer}`,
  );
}

/** Which of several layers lies in another one, or is the same, and which that is. */
export function layerInAnother({ below }: Layers): { readonly index: number; readonly other: number } | undefined {
  for (const [index, layer] of below.entries()) {
    const other = below.findIndex((one, at) => at !== index && (one === '' || `${layer}/`.startsWith(`${one}/`)));
    if (other !== -1) return { index, other };
  }
  return undefined;
}
