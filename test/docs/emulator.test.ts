import { expect, test } from 'vitest';
import { switchesSchema } from '../../src/emulator/applications/switches.ts';
import { FAULT_KINDS } from '../../src/emulator/faults/fault-rule.ts';
import { parseFault, parseRateLimit, parseSwitch } from '../../src/emulator/flags.ts';
import { listNumbers } from '../../src/emulator/numbers/list-numbers.ts';
import { ownedNumbersSchema } from '../../src/emulator/numbers/owned-number.ts';
import { fencesOf, readPage, rowsOf, sectionOf } from './pages.ts';

const page = readPage('docs/emulator.md');
const [, ...switchRows] = rowsOf(sectionOf(page, 'Switches'));
const defaults = Object.entries(switchesSchema.parse({}));
const commandLines = fencesOf(page).flatMap(({ text }) =>
  text.split('\n').filter((line) => line.includes('emulator ')),
);

test('every switch is in the table, with its default, and no other', () => {
  const documented = switchRows.map(([name = '', standard = '']) => [name, standard]);

  expect(documented.toSorted()).toEqual(defaults.map(([name, value]) => [name, String(value)]).toSorted());
});

test.each(switchRows.map(([name = '', , others = '']) => ({ name, others })))(
  '$name takes the other values listed',
  ({ name, others }) => {
    const values = others.split(', ').filter((value) => !value.includes(' '));

    for (const value of values) expect(parseSwitch(`${name}=${value}`)).toHaveProperty(name);
  },
);

test('every kind of fault is in the table, and no other', () => {
  const [, ...rows] = rowsOf(sectionOf(page, 'Kinds of faults'));
  const kinds = rows.map(([kind = '']) => kind.replace(/[=[].*$/, ''));

  expect(kinds.toSorted()).toEqual(FAULT_KINDS.toSorted());
});

test('the numbers shown are what --numbers takes, and what the responses show', () => {
  const [file] = fencesOf(page).filter(({ language }) => language === 'json');
  const numbers = ownedNumbersSchema.parse(JSON.parse(file?.text ?? ''));

  const shown = listNumbers(new URLSearchParams('has_application=true'), numbers);

  expect(numbers).toHaveLength(2);
  expect(page.text).toContain(`\n${JSON.stringify(shown)}\n`);
});

test('every fault rule shown is one', () => {
  const shown = [...commandLines.join('\n').matchAll(/--fault '?([^'\s]+)'?/g)].map(([, rule = '']) => rule);
  const [, ...rows] = rowsOf(sectionOf(page, 'Examples of faults'));
  const rules = [...shown, ...rows.map(([rule = '']) => rule)];

  expect(rules.length).toBeGreaterThan(8);
  for (const rule of rules) expect(() => parseFault(rule)).not.toThrow();
});

test('every switch and rate limit on a command line shown is one', () => {
  const text = commandLines.join('\n');
  const switches = [...text.matchAll(/--switch (\S+)/g)].map(([, given = '']) => given);
  const rates = [...text.matchAll(/--rate-limit (\S+)/g)].map(([, given = '']) => given);

  expect(switches.length).toBeGreaterThan(0);
  expect(rates.length).toBeGreaterThan(0);
  for (const given of switches) expect(() => parseSwitch(given)).not.toThrow();
  for (const given of rates) expect(() => parseRateLimit(given)).not.toThrow();
});
