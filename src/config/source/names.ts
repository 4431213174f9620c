import { didYouMean } from '../../core/mistakes/suggest.ts';

/** What of a file names sources. */
interface Named {
  readonly sources: readonly { readonly name: string }[];
  readonly accounts: readonly { readonly manifests: string | readonly string[] | { readonly source: string } }[];
}

/** More names than this are not listed: nobody reads them. */
const maxListed = 12;

/** Names of sources that are given twice, or that accounts use and no source has. */
export function misnamedSources({
  sources,
  accounts,
}: Named): readonly { readonly path: readonly (string | number)[]; readonly message: string }[] {
  const names = sources.map(({ name }) => name);
  const twice = names.flatMap((name, index) =>
    names.indexOf(name) < index
      ? [{ path: ['sources', index, 'name'], message: `another source is also named ${name}` }]
      : [],
  );
  const unknown = accounts.flatMap(({ manifests }, index) =>
    typeof manifests === 'string' || !('source' in manifests) || names.includes(manifests.source)
      ? []
      : [{ path: ['accounts', index, 'manifests', 'source'], message: unknownName(manifests.source, names) }],
  );
  return [...twice, ...unknown];
}

/** Why a name of a source is refused. The name itself is not quoted: what is there instead may be a secret. */
export function unknownName(name: string, names: readonly string[]): string {
  if (names.length === 0) return 'no source has this name: add it to sources';
  const known = names.length > maxListed ? '' : `. Sources: ${names.join(', ')}`;
  return `no source has this name${didYouMean(name, names)}${known}`;
}
