/** Longest slug, in characters. */
const longest = 60;
/** Names that Windows keeps for devices, with any extension. Source: learn.microsoft.com, "Naming Files, Paths, and Namespaces" */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)$/;

/**
 * An application's name as a part of the names of files: `support-line`. Nothing in it can lead elsewhere. Names of delivered files never
 * change for style: programs read them.
 */
export function slugOf(name: string): string {
  const words = name
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  const slug = words.replace(/^-/, '').slice(0, longest).replace(/-$/, '');
  if (slug === '') return 'app';
  return reserved.test(slug) ? `app-${slug}` : slug;
}
