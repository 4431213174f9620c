/** Stands in the bundle for parts of libraries that are never used; whoever uses one after all is told so. */
class UnusedPart {
  constructor() {
    throw new Error('this part of a library is left out of the bundle: see rolldown.config.ts');
  }
}

/** By this name the HTTP library imports it, to tell errors of its cache. */
class CacheError extends Error {}

// biome-ignore lint/style/noDefaultExport: libraries import it so
export { CacheError, UnusedPart as default };
