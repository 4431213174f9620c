/** Which layer a path lies in, counted from 0. `layers` are directories relative to the same root, none inside another. */
export function layerOf(path: string, layers: readonly string[]): number {
  return Math.max(
    0,
    layers.findIndex((layer) => path === layer || path.startsWith(`${layer}/`)),
  );
}
