/** What a path of the Numbers API stands for: the account's numbers, or the settings of one. */
export type NumbersRoute = 'list' | 'update';

const ROUTES: ReadonlyMap<string, NumbersRoute> = new Map([
  ['/account/numbers', 'list'],
  ['/number/update', 'update'],
]);

/** The route of a path without query; undefined for what is not of this API, or not served. */
export function numbersRouteOf(path: string): NumbersRoute | undefined {
  return ROUTES.get(path);
}
