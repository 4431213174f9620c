import picomatch from 'picomatch';

/**
 * Whether an application's name is one of the patterns, or matches one as a glob; `*` matches every character, a slash too. No
 * pattern matches nothing, and neither does an empty one.
 */
export function nameMatcher(patterns: readonly string[]): (name: string) => boolean {
  const matchers = patterns
    .filter((pattern) => pattern !== '')
    .map((pattern) => picomatch(pattern, { bash: true, dot: true, flags: 's' }));
  return (name) => patterns.includes(name) || matchers.some((matches) => matches(name));
}
