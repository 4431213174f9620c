import type { FileResult } from './read-file.ts';

/** What a file's result was read from. */
export interface ReadFrom {
  readonly text: string;
  /** Tells the options apart that it was read with. */
  readonly options: string;
}

/** What files held when they were last read, by path. It holds as long as text and options stay the same. */
export class ManifestCache {
  readonly #entries = new Map<string, { readonly from: ReadFrom; readonly result: FileResult }>();

  /** The result kept for this path, if it was read from exactly this. */
  get(path: string, { text, options }: ReadFrom): FileResult | undefined {
    const entry = this.#entries.get(path);
    // The texts themselves, not hashes of them: they are in memory anyway, and comparing is faster than hashing.
    return entry?.from.options === options && entry.from.text === text ? entry.result : undefined;
  }

  /** Keeps a result in place of the path's earlier one. */
  set(path: string, from: ReadFrom, result: FileResult): void {
    this.#entries.set(path, { from, result });
  }

  /** Forgets every path but these. */
  keep(paths: ReadonlySet<string>): void {
    for (const path of this.#entries.keys()) if (!paths.has(path)) this.#entries.delete(path);
  }
}
