import type { Application } from '../application/application.ts';
import { canonical } from '../application/canonical.ts';
import { diff } from '../application/diff.ts';
import { overlay } from '../application/overlay.ts';
import { AliasTargets, Locator } from '../manifest/locate.ts';
import type { Manifest, WrittenPart } from '../manifest/manifest.ts';
import { parseYaml } from '../manifest/parse-yaml.ts';
import { pointerOf, pointerTokens, valueAt } from '../pointer.ts';
import type { UpdateRemark } from './update-manifests.ts';
import { writtenTree } from './written-tree.ts';

/**
 * Where a manifest of several layers differs from what is live: the line of the last layer that says it. Values of variables that are not
 * known are taken to be right.
 */
export function differingFields(
  manifest: Manifest,
  application: Application,
  parts: readonly WrittenPart[],
): readonly UpdateRemark[] {
  const wanted = overlay(manifest, application.body, { undeclaredCapabilities: 'remove' });
  const { members } = diff(canonical(application.body), canonical(wanted));
  return members.flatMap(({ path, after }) => {
    if (typeof after === 'string' && after.includes('${')) return [];
    const tokens = path === '/name' ? ['metadata', 'name'] : ['spec', ...pointerTokens(path)];
    const place = parts.toReversed().flatMap((part) => placeIn(part, tokens) ?? [])[0] ?? manifest.place;
    return [
      {
        place,
        path: tokens.join('.'),
        what: 'what is live differs. It comes from several layers: change this line manually',
      },
    ];
  });
}

function placeIn({ file, line, text }: WrittenPart, tokens: readonly string[]): UpdateRemark['place'] | undefined {
  const { documents, placeOf } = parseYaml(file, text);
  const document = documents.find(({ contents }) => contents !== null);
  if (document === undefined) return undefined;
  const tree = writtenTree(document.contents, new AliasTargets(document));
  if (valueAt({ tree }, pointerOf(['tree', ...tokens])) === undefined) return undefined;
  const place = placeOf(new Locator(document).offsetOf(tokens, 'value'));
  return { ...place, line: place.line + line - 1 };
}
