/** A number with its noun: `1 change`, `2 changes`. `many` is the plural, where it is not the noun and an `s`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
