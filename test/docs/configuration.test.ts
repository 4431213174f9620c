import { expect, test } from 'vitest';
import { configJsonSchema } from '../../src/config/schema.ts';
import { groupBy } from '../../src/core/group-by.ts';
import { readPage, tableOf, withParts } from './pages.ts';
import { isObject, type Member, membersOf, rangeOf } from './schema-members.ts';

const page = readPage('docs/configuration.md');
const members = membersOf(configJsonSchema());

function isSecret({ schema }: Member): boolean {
  return JSON.stringify(schema['anyOf'] ?? '').includes('Environment variable that holds it');
}

function row(member: Member, prefix: string): readonly string[] {
  const { schema, path, required, description } = member;
  const standard = schema['default'];
  const isShown = standard !== undefined && !(isObject(standard) && Object.keys(standard).length === 0);
  const type = isSecret(member) ? '[secret](#secrets)' : rangeOf(schema);
  const said = description.replace(/ Default: .*$/, '');
  const fallback = isShown ? `\`${JSON.stringify(standard)}\`` : shownDefault(description);
  return [`\`${path.slice(prefix.length)}\``, type, required && !isShown ? 'required' : fallback, said];
}

/** What a description says of a default that is no value. */
function shownDefault(description: string): string {
  const said = / Default: (.*?)\.?$/.exec(description)?.[1] ?? '';
  return said.includes('<') ? `\`${said}\`` : said;
}

/** Alternatives of a list's items may have members of the same name: one row tells the types and meanings of all. */
function joined(rows: readonly (readonly string[])[]): readonly string[] {
  return (rows[0] ?? []).map((_, column) =>
    [...new Set(rows.map((cells) => cells[column] ?? ''))].join(column === 1 ? ', ' : ' '),
  );
}

function rowsBelow(prefix: string): readonly (readonly string[])[] {
  const rows = members
    .filter((member) => member.path.startsWith(prefix) && !isInSecret(member))
    .map((member) => row(member, prefix));
  return [...groupBy(rows, ([name = '']) => name).values()].map(joined);
}

/** `env` and `file` are the same everywhere. */
function isInSecret({ path }: Member): boolean {
  return members.some((outer) => isSecret(outer) && path.startsWith(`${outer.path}.`));
}

test('the tables in docs/configuration.md are those of the schema; -u brings them up to date', async () => {
  const columns = ['key', 'type and range', 'default', 'meaning'];
  const parts = new Map([
    ['source', tableOf(columns, rowsBelow('sources[].'))],
    ['account', tableOf(columns, rowsBelow('accounts[].'))],
    ['daemon', tableOf(columns, rowsBelow('daemon.'))],
    ['report', tableOf(columns, rowsBelow('reports[].'))],
  ]);

  await expect(withParts(page, parts)).toMatchFileSnapshot('../../docs/configuration.md');
});

test.each(members.map(({ path }) => path))('%s is in the page', (path) => {
  const name = path.split('.').at(-1)?.replace('[]', '') ?? '';

  expect(new RegExp(`[\`.{ ]${name}(\\[\\])?[\`:]`).test(page.text)).toBe(true);
});

test('the schema is read to its end', () => {
  expect(members.map(({ path }) => path)).toEqual(
    expect.arrayContaining([
      'accounts[].deletes.per24h',
      'accounts[].scope.names',
      'accounts[].manifests.path',
      'sources[].git.auth.githubApp.privateKey.file',
      'daemon.notifications[].secret.env',
    ]),
  );
});
