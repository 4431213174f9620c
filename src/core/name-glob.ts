import picomatch from 'picomatch';

/** Whether an application's name matches one of the glob patterns; `*` matches every character, a slash too. No pattern matches nothing. */
export function nameMatcher(patterns: readonly string[]): (name: string) => boolean {
  const matchers = patterns.map((pattern) => picomatch(pattern, { bash: true, dot: true }));
  return (name) => matchers.some((matches) => matches(name));
}
