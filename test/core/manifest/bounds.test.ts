import { describe, expect, test } from 'vitest';
import { ManifestCache } from '../../../src/core/manifest/cache.ts';
import { defaultManifestOptions } from '../../../src/core/manifest/options.ts';
import { manifestSteps, parseManifests } from '../../../src/core/manifest/parse.ts';
import { countProblems } from '../../../src/core/problem.ts';
import { manifestText, parseText, problemLines } from './builders.ts';

const patience = { timeout: 120_000 };
const fields = (count: number, value = '1') => Array.from({ length: count }, (_, index) => `f${index}: ${value}`);
const messages = (text: string, options: Parameters<typeof parseText>[1] = {}) =>
  parseText(text, options).problems.map(({ message }) => message);

function filesOf(count: number, text: (index: number) => string) {
  return Array.from({ length: count }, (_, index) => ({
    path: `f${String(index).padStart(5, '0')}.yaml`,
    text: text(index),
  }));
}

describe('unknown fields without end', () => {
  test.each([20_000, 60_000])('%i of them are all counted, and a hundred are shown', patience, (count) => {
    const { problems, complete } = parseText(manifestText('name: x', fields(count).join('\n')));

    expect(problems.length).toBe(101);
    expect(problems.at(-1)?.message).toBe(`and ${(count - 100).toLocaleString('en-US')} more`);
    expect(countProblems(problems)).toEqual({ errors: count, warnings: 0 });
    expect(JSON.stringify(problems).length).toBeLessThan(100_000);
    expect(complete).toBe(false);
  });

  test('on one line as well', patience, () => {
    const { problems } = parseText(manifestText('name: x', `{ keys: { ${fields(30_000).join(', ')} } }`));

    expect(countProblems(problems)).toEqual({ errors: 30_000, warnings: 0 });
    expect(JSON.stringify(problems).length).toBeLessThan(100_000);
  });

  test('suggestions are made for the first twenty', () => {
    const close = Array.from(
      { length: 40 },
      (_, index) => `capabilitie${String.fromCharCode(97 + (index % 26))}${index % 2}`,
    );

    const told = messages(manifestText('name: x', [...new Set(close)].map((name) => `${name}: 1`).join('\n')));

    expect(told.length).toBeGreaterThan(20);
    expect(told.map((message) => message.includes('did you mean'))).toEqual(told.map((_, index) => index < 20));
  });

  test('an error is shown before any warning, in the order of the file', () => {
    const hooks = Array.from(
      { length: 120 },
      (_, index) => `---\n${manifestText(`name: n${index}`, 'capabilities: { voice: { conversations_ttl: 9999 } }')}`,
    );

    const { problems } = parseText(`${hooks.join('')}---\n${manifestText('name: y', 'wrong: 1')}`);

    expect(problems.filter(({ severity }) => severity === 'error').map(({ path }) => path)).toEqual(['spec.wrong']);
    expect(problems.at(-1)).toMatchObject({ severity: 'warning', message: 'and 21 more' });
    expect(countProblems(problems)).toEqual({ errors: 1, warnings: 120 });
    const lines = problems.slice(0, -1).map(({ place }) => place.line);
    expect(lines).toEqual(lines.toSorted((one, other) => one - other));
  });

  test('a message is cut, however long a name is', () => {
    const [problem] = parseText(
      `${manifestText(`name: ${'n '.repeat(2000)}x`)}---\n${manifestText(`name: ${'n '.repeat(2000)}x`)}`,
    ).problems;
    const scope = messages(manifestText('name: x'), {
      scopeNames: Array.from({ length: 200 }, (_, index) => `team-${index}-*`),
    });

    expect(problem?.message.length).toBeLessThan(400);
    expect(scope[0]?.length).toBe(503);
  });
});

describe('a document that is far too large', () => {
  test('four thousand fields and items are read', () => {
    const { problems, manifests } = parseText(
      manifestText(
        `name: x\nlabels:\n${fields(3993, 'v')
          .map((line) => `  ${line}`)
          .join('\n')}`,
      ),
    );

    expect(problems).toEqual([]);
    expect(Object.keys(manifests[0]?.labels ?? {}).length).toBe(3993);
  });

  test('one more is told, and so is how many are not looked at', () => {
    const { problems, broken } = parseText(
      manifestText(
        `name: x\nlabels:\n${fields(5000, 'v')
          .map((line) => `  ${line}`)
          .join('\n')}`,
      ),
    );

    expect(problems.map(({ message }) => message)).toEqual([
      'more than 4,000 fields and items in one document: the document is not used',
      'and 1,005 more',
    ]);
    expect(broken.map(({ name }) => name)).toEqual(['x']);
  });

  test.each([
    ['items of a list', '- x\n'],
    ['items that hold nothing', '-\n'],
    ['empty fields', '? \n'],
  ])('%s are counted like others', (_, item) => {
    expect(
      messages(`${manifestText('name: x')}  a:\n${`    ${item}`.repeat(4500)}`).some((message) =>
        message.startsWith('more than 4,000'),
      ),
    ).toBe(true);
  });

  test('what was cut off is not called missing', () => {
    const text = `apiVersion: vonage-gitops/v1\nkind: Application\nmetadata:\n  name: x\n  formerly:\n${'    - a\n'.repeat(5000)}spec: {}\n`;

    expect(messages(text).filter((message) => message.startsWith('missing'))).toEqual([]);
  });

  test('lists in keys, and an empty value, are counted like others', () => {
    const keys = manifestText('name: x', `? [${'a, '.repeat(4500)}]\n: b\nc:`);

    expect(messages(keys).some((message) => message.startsWith('more than 4,000'))).toBe(true);
  });

  test('a list in a list that closes again is cut where it is too deep, and its name is still known', () => {
    const { problems, broken } = parseText(
      manifestText('name: x', `a: ${'['.repeat(200)}${' '.repeat(5000)}${']'.repeat(200)}`),
    );

    expect(problems.some(({ message }) => message === 'nested more than 64 levels deep')).toBe(true);
    expect(broken.map(({ name }) => name)).toEqual(['x']);
  });

  test.each([
    ['brackets that never close', '['.repeat(100_000)],
    ['brackets on lines of their own', '{\n'.repeat(100_000)],
  ])('%s are refused before the parser has to close them', patience, (_, text) => {
    expect(messages(text)).toEqual([
      'this file cannot be read: more than 1000 nested lists and objects: manifests are never that deep',
    ]);
  });

  test('brackets that are text, that close, or that stand in other documents do not add up', () => {
    const text = Array.from({ length: 1500 }, (_, index) => `- |\n  [\n- "["\n- ['${index}']\n- x]\n`).join('');
    const documents = '--- [\n'.repeat(1500);

    expect(messages(text).join()).not.toContain('at once');
    expect(messages(documents).join()).not.toContain('at once');
  });
});

describe('placeholders', () => {
  const nested = (depth: number, close = '') => manifestText('name: x', `a: "${'${A:-'.repeat(depth)}x${close}"`);

  test.each(['', '}'.repeat(20_000)])(
    'nested twenty thousand deep are one problem (closed: "%.1s")',
    patience,
    (close) => {
      const lines = problemLines(parseText(nested(20_000, close)));

      expect(lines.filter((line) => line.includes('placeholders'))).toEqual([
        'error a.yaml:6:6 spec.a: placeholders nested more than 10 levels deep: not substituted',
      ]);
    },
  );

  test.each([
    { depth: 10, refused: false },
    { depth: 11, refused: true },
  ])('$depth deep are refused: $refused', ({ depth, refused }) => {
    expect(messages(nested(depth)).some((message) => message.includes('nested more than'))).toBe(refused);
  });

  test('that are meant literally do not count as nested', () => {
    expect(messages(manifestText('name: x', `a: "${'$${'.repeat(50)}"`)).join()).not.toContain('nested');
  });

  test('one after the other are not nested, and a thousand may be in one document', () => {
    const some = (count: number) =>
      manifestText('name: x', `capabilities: { fax: "${'${A}'.repeat(count)}", more: "\${A}" }`);
    const options = { variables: { A: 'a' }, passthroughCapabilities: ['fax', 'more'] };

    expect(messages(some(999), options).filter((message) => message.includes('placeholders'))).toEqual([]);
    expect(messages(some(3000), options).filter((message) => message.includes('placeholders'))).toEqual([
      'more than 1,000 placeholders in one document: the rest are not substituted',
    ]);
  });
});

describe('documents of one file', () => {
  test('five thousand of one name are all told, a hundred are shown', patience, () => {
    const { problems, manifests, broken } = parseText(
      Array.from({ length: 5000 }, () => manifestText('name: x')).join('---\n'),
    );

    expect(problems.length).toBe(101);
    expect(problems.at(-1)?.message).toBe('and 4,900 more');
    expect(countProblems(problems)).toEqual({ errors: 5000, warnings: 0 });
    expect([manifests.length, broken.length]).toEqual([0, 5000]);
  });

  test('ten thousand are read, and one more makes the file unusable', patience, () => {
    const text = `${manifestText('name: x')}${'---\n'.repeat(9999)}`;

    expect(parseText(text).manifests.map(({ name }) => name)).toEqual(['x']);
    const more = parseText(`${text}---\n`);
    expect(more.manifests).toEqual([]);
    expect(more.broken.map(({ place }) => place.file)).toEqual(['a.yaml']);
    expect(more.problems.map(({ message }) => message)).toEqual([
      'more than 10,000 documents in one file: the file is not used. Split it into several files',
    ]);
  });

  test.each(['}\n', '%x\n'])('three hundred thousand lines of %j outside of any are one problem', patience, (line) => {
    expect(messages(line.repeat(300_000))).toEqual([
      'more than 100 errors and directives outside of documents: the file is not used',
    ]);
  });
});

describe('aliases', () => {
  test('more than a hundred are not followed, however many there are', () => {
    const text = manifestText('name: &a x', `capabilities: { fax: { all: [${'*a, '.repeat(3000)}] } }`);

    expect(messages(text, { passthroughCapabilities: ['fax'] })).toEqual([
      'more than 100 aliases: write out the values',
    ]);
  });

  test('of large values are not repeated without end', () => {
    const list = `a: &a [${'1, '.repeat(1000)}]\n${fields(90, '*a').join('\n')}`;

    expect(
      messages(manifestText('name: x', list)).filter((message) => message.startsWith('too many alias')).length,
    ).toBe(1);
  });

  test('of aliases are hidden below keys without following each of them', patience, () => {
    const levels = 'bcdefghijkl'
      .split('')
      .map((letter, index) => `${letter}: &${letter} [${Array(9).fill(`*${'abcdefghijk'[index]}`)}]`);
    const text = manifestText('name: x', `keys:\n  a: &a [hush]\n${levels.map((line) => `  ${line}`).join('\n')}`);

    expect(JSON.stringify(parseText(text).problems)).not.toContain('hush');
  });

  test('of themselves are hidden, too', () => {
    const problems = parseText(manifestText('name: x', 'keys: &k { a: *k, b: hush }')).problems;

    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toContain('hush');
  });
});

describe('problems of many files', () => {
  test('a thousand are shown in all, and the others are counted', patience, () => {
    const files = filesOf(1500, (index) => manifestText(`name: n${index}`, fields(3).join('\n')));

    const { problems, broken } = parseManifests(files, defaultManifestOptions);

    expect(problems.length).toBe(1001 + 1);
    expect(problems.slice(-2).map(({ message }) => message)).toEqual(['and 2 more', 'and 3,498 more in 1,166 files']);
    expect(countProblems(problems)).toEqual({ errors: 4500, warnings: 0 });
    expect(broken.length).toBe(1500);
  });

  test('so are those of manifests that clash, a hundred a file', patience, () => {
    const pair = (index: number) => `${manifestText(`name: n${index}`)}---\n${manifestText(`name: n${index}`)}`;
    const many = Array.from({ length: 60 }, (_, index) => pair(index)).join('---\n');

    const { problems } = parseManifests(
      [...filesOf(1200, (index) => pair(index + 100)), { path: 'a.yaml', text: many }],
      defaultManifestOptions,
    );

    expect(problems.filter(({ left }) => left === undefined).length).toBe(1000);
    expect(problems.filter(({ place }) => place.file === 'a.yaml').length).toBe(101);
    expect(countProblems(problems)).toEqual({ errors: 2520, warnings: 0 });
  });

  test('what a file hid because others had too much is told once they are well', () => {
    const cache = new ManifestCache();
    const wrong = filesOf(10, (index) => manifestText(`name: n${index}`, fields(100).join('\n')));
    const last = { path: 'z.yaml', text: manifestText('name: z', 'wrong: 1') };

    const hidden = parseManifests([...wrong, last], defaultManifestOptions, cache);
    const again = parseManifests([...wrong, last], defaultManifestOptions, cache);
    const well = parseManifests([last], defaultManifestOptions, cache);

    expect(hidden.problems.at(-1)).toMatchObject({ message: 'and 1 more', place: { file: 'z.yaml' } });
    expect(again).toEqual(hidden);
    expect(well.problems.map(({ path }) => path)).toEqual(['spec.wrong']);
  });

  test('files that did not change are passed over many at a step', () => {
    const cache = new ManifestCache();
    const files = filesOf(200, (index) => manifestText(`name: n${index}`));
    const steps = () => [...manifestSteps(files, defaultManifestOptions, cache)].length;

    const [first, again] = [steps(), steps()];

    expect(first).toBeGreaterThanOrEqual(200);
    expect(again).toBeLessThan(10);
    expect(again).toBeGreaterThan(3);
  });

  test('reading goes on in small steps, whatever is in the files', patience, () => {
    const files = [
      { path: 'large.yaml', text: manifestText('name: x', fields(20_000).join('\n')) },
      { path: 'many.yaml', text: Array.from({ length: 1000 }, () => manifestText('name: x')).join('---\n') },
    ];

    let steps = 0;
    for (const _ of manifestSteps(files, defaultManifestOptions)) steps += 1;

    // 160,000 lexemes by the thousand, and a document at a time four times: parsed, read, sorted, and looked up once more.
    expect(steps).toBeGreaterThan(160 + 4 * 1000);
  });
});
