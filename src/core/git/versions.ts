import compareBuild from 'semver/functions/compare-build.js';
import satisfies from 'semver/functions/satisfies.js';
import valid from 'semver/functions/valid.js';
import validRange from 'semver/ranges/valid.js';
import { compareTexts } from '../compare.ts';

/** Longer ranges are no ranges people write. */
const maxRangeLength = 256;

/** Why a text is no range of versions; undefined when it is one. Source: npm's package semver */
export function versionRangeProblem(range: string): string | undefined {
  const isRange = range.trim() !== '' && range.length <= maxRangeLength && validRange(range) !== null;
  return isRange ? undefined : 'expected a range of versions, such as ^1.2.0, 1.x or ">=1.2.0 <2.0.0"';
}

/**
 * The tag, `v1.2.3` or `1.2.3`, of the highest version in a range; undefined when there is none. A pre-release counts only where the range
 * names one of the same version. Of two tags of one version it is always the same one, whatever their order.
 */
export function highestVersion(tags: readonly string[], range: string): string | undefined {
  return tags
    .filter((tag) => isVersion(tag) && satisfies(tag, range))
    .toSorted((one, other) => compareBuild(one, other) || compareTexts(one, other))
    .at(-1);
}

/** Whether the version of one tag is lower than that of another. */
export function isLowerVersion(tag: string, than: string): boolean {
  return isVersion(tag) && isVersion(than) && compareBuild(tag, than) < 0;
}

function isVersion(tag: string): boolean {
  return /^v?\d\S*$/.test(tag) && valid(tag) !== null;
}
