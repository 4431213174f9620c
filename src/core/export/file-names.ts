/** Longest stem of a file, in characters. */
const longest = 60;
/** Names that Windows keeps for devices, with any extension. Source: learn.microsoft.com, "Naming Files, Paths, and Namespaces" */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)$/;

/**
 * An application's name as a part of file names and of names of variables: `support-line`. Nothing in it can lead elsewhere. It never changes
 * for style: private keys are delivered to files of these names, which other programs read.
 */
export function nameStem(name: string): string {
  const words = name
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  const stem = words.replace(/^-/, '').slice(0, longest).replace(/-$/, '');
  if (stem === '') return 'app';
  return reserved.test(stem) ? `app-${stem}` : stem;
}

/** Gives each manifest a file name of its own. */
export class FileNames {
  readonly #taken: Set<string>;
  readonly #next = new Map<string, number>();

  /** `taken`: names that are in use in the directory already. File systems that ignore case have them only once. */
  constructor(taken: Iterable<string>) {
    this.#taken = new Set([...taken].map((name) => name.toLowerCase()));
  }

  /** `support-line.yaml`, or `support-line-2.yaml` where that is taken. */
  give(name: string): string {
    const stem = nameStem(name);
    for (let number = this.#next.get(stem) ?? 1; ; number += 1) {
      const file = `${stem}${number === 1 ? '' : `-${number}`}.yaml`;
      this.#next.set(stem, number + 1);
      if (this.#taken.has(file)) continue;
      this.#taken.add(file);
      return file;
    }
  }
}
