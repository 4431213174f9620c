import { expect, test } from 'vitest';
import application from '../../config/application.schema.json' with { type: 'json' };
import { knownCapabilities } from '../../src/core/application/capabilities.ts';
import { readPage, tableOf, withParts } from './pages.ts';
import { isObject, type Member, membersOf, rangeOf } from './schema-members.ts';

const page = readPage('docs/manifests.md');
const members = membersOf(application);
const capabilities = Object.keys(knownCapabilities);

/** Hooks of one kind have the same members, so a table shows each kind once. */
function hookKinds(capability: string): ReadonlyMap<string, readonly string[]> {
  const kinds = new Map<string, readonly string[]>();
  for (const [hook, { methods, socketTimeoutMax, defaults }] of Object.entries(
    knownCapabilities[capability]?.webhooks ?? {},
  )) {
    const kind = JSON.stringify([methods, socketTimeoutMax, defaults]);
    kinds.set(kind, [...(kinds.get(kind) ?? []), hook]);
  }
  return kinds;
}

function rowsOfCapability(capability: string): readonly (readonly string[])[] {
  const prefix = `spec.capabilities.${capability}.`;
  const settings = members
    .filter(({ path }) => path.startsWith(prefix) && !path.startsWith(`${prefix}webhooks.`))
    .map((member) => row(member, member.path.slice(prefix.length), ''));
  const hooks = [...hookKinds(capability).values()].flatMap((names) => {
    const [first = ''] = names;
    const defaults = knownCapabilities[capability]?.webhooks[first]?.defaults ?? {};
    const inside = members.filter(({ path }) => path.startsWith(`${prefix}webhooks.${first}.`));
    const heading = names.map((name) => `\`webhooks.${name}\``).join(', ');
    return [
      [heading, 'object', '', names.length > 1 ? 'These webhooks have the same fields:' : 'A webhook. Its fields:'],
      ...inside.map((member) => {
        const name = member.path.split('.').at(-1) ?? '';
        return row(member, `… .${name}`, defaults[name]);
      }),
    ];
  });
  return [...settings, ...hooks];
}

function row(member: Member, name: string, standard: string | number | undefined): readonly string[] {
  const required = member.required ? 'required. ' : '';
  const fallback = standard === undefined || standard === '' ? '' : `\`${standard}\``;
  return [`\`${name}\``, rangeOf(member.schema), fallback, `${required}${member.description}`];
}

test('the field tables in docs/manifests.md are those of the schema; -u brings them up to date', async () => {
  const parts = new Map(
    capabilities.map((name) => [
      `fields: ${name}`,
      rowsOfCapability(name).length === 0
        ? 'It has no fields: write `{}`.\n'
        : tableOf(['field', 'type and range', 'counts as, when absent', 'meaning'], rowsOfCapability(name)),
    ]),
  );

  await expect(withParts(page, parts)).toMatchFileSnapshot('../../docs/manifests.md');
});

test('every capability has its table', () => {
  const shown = [...page.text.matchAll(/<!-- fields: (\w+) -->/g)].map(([, name]) => name);

  expect(shown.toSorted()).toEqual(capabilities.toSorted());
});

test.each(members.map(({ path }) => path))('%s is in the page', (path) => {
  const name = path.split('.').at(-1)?.replace('[]', '') ?? '';

  expect(new RegExp(`[\`.]${name.replace('$', '\\$')}(\\[\\])?\``).test(page.text)).toBe(true);
});

test('the schema is read to its end', () => {
  expect(members.map(({ path }) => path)).toContain('spec.capabilities.voice.payments.gateways[].credential');
  expect(isObject(application)).toBe(true);
});
