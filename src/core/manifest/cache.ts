import type { FileResult } from './read-file.ts';

/** What files held when they were last read, kept by path under a key that changes with the text and the options. */
export class ManifestCache {
  readonly #entries = new Map<string, { readonly key: string; readonly result: FileResult }>();

  /** The result kept for this path under exactly this key. */
  get(path: string, key: string): FileResult | undefined {
    const entry = this.#entries.get(path);
    return entry?.key === key ? entry.result : undefined;
  }

  /** Keeps a result in place of the path's earlier one. */
  set(path: string, key: string, result: FileResult): void {
    this.#entries.set(path, { key, result });
  }

  /** Forgets every path but these. */
  keep(paths: ReadonlySet<string>): void {
    for (const path of this.#entries.keys()) if (!paths.has(path)) this.#entries.delete(path);
  }
}
