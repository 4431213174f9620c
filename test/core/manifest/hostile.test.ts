import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { manifestText, parseText } from './builders.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trim();
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString().trim();
const indented = (pem: string, by: number) => pem.replace(/^/gm, ' '.repeat(by));

/** Everything a person could see of the problems. */
function told(text: string, options: Parameters<typeof parseText>[1] = {}): string {
  return parseText(text, options)
    .problems.map(({ path, message, frame }) => `${path}\n${message}\n${frame ?? ''}`)
    .join('\n');
}

const bomb = `a: &a [x,x,x,x,x,x,x,x,x]
${'bcdefghi'
  .split('')
  .map((letter, index) => `${letter}: &${letter} [${Array(9).fill(`*${'abcdefghi'[index]}`)}]`)
  .join('\n')}`;

describe('hostile text', () => {
  test.each([
    [
      'an alias bomb',
      manifestText('name: x', `capabilities:\n${indented(bomb, 2)}`),
      { passthroughCapabilities: [...'abcdefghi'] },
    ],
    [
      'aliases without end',
      manifestText('name: x', `capabilities: { fax: [${'*n, '.repeat(200)}] }`).replace('x', '&n x'),
      {},
    ],
    ['ten thousand open lists', '['.repeat(10_000), {}],
    ['a hundred thousand dashes', '- '.repeat(100_000), {}],
    ['nesting that is closed again', manifestText('name: x', `a: ${'['.repeat(2000)}${']'.repeat(2000)}`), {}],
    ['a field named __proto__ with fields', manifestText('name: x', '__proto__: { polluted: true }'), {}],
    ['a field named constructor', manifestText('name: x', 'constructor: { prototype: { polluted: true } }'), {}],
    ['zero bytes', manifestText('name: "a\0b"\n\0x: 1'), {}],
    ['lone surrogates', manifestText('name: "\uD800"\nx\uDC00: 1'), {}],
    [
      'a directive of YAML 1.1',
      `%YAML 1.1\n---\n${manifestText('name: x\nlabels: { on: yes, when: !!binary aGk= }')}`,
      {},
    ],
    ['a key that is a mapping', '? { a: b }\n: c', {}],
    ['a binary file', Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 7) % 256)).toString('latin1'), {}],
  ])('of %s ends in located problems', (_, text, options) => {
    const { problems, complete } = parseText(text, options);

    expect(complete).toBe(false);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.every(({ place }) => place.line >= 1 && place.column >= 1)).toBe(true);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('lists in lists on one line are told where they begin', () => {
    const { problems } = parseText(`# a comment\n\n${'- '.repeat(100)}`);

    expect(problems).toMatchObject([{ place: { line: 3, column: 1 }, message: 'nested more than 64 levels deep' }]);
  });

  test('that exhausts the parser is told as one problem', () => {
    const { problems, broken } = parseText('{a: '.repeat(200_000));

    expect(problems.length).toBeGreaterThan(0);
    expect(broken.length).toBeGreaterThan(0);
  });

  test('a failure while a file is read is told as one problem of that file, without secrets', () => {
    const keyFile = () => {
      throw new Error('no stack left for correct horse battery');
    };

    const parsed = parseText(manifestText('name: x', 'keys: { public_key_file: ./a.pem }'), {
      keyFile,
      secrets: ['correct horse battery'],
    });

    const place = { file: 'a.yaml', line: 1, column: 1 };
    const message = 'this file cannot be read: no stack left for (sensitive)';
    expect(parsed.problems).toStrictEqual([{ severity: 'error', place, path: '', message }]);
    expect(parsed.broken).toStrictEqual([{ place }]);
    expect([parsed.manifests, parsed.emptyFiles]).toStrictEqual([[], []]);
  });

  test('lists opened on one line are told where they stand', () => {
    const parsed = parseText(`# first\n${'- '.repeat(70)}x\n`);

    const place = { file: 'a.yaml', line: 2, column: 1 };
    const message = 'nested more than 64 levels deep';
    expect(parsed.problems).toStrictEqual([{ severity: 'error', place, path: '', message }]);
    expect(parsed.broken).toStrictEqual([{ place }]);
    expect(parsed.emptyFiles).toStrictEqual([]);
  });

  test('three thousand fields of one mapping are read', () => {
    const members = Array.from({ length: 3000 }, (_, index) => `    l${index}: v`).join('\n');

    const { problems, manifests } = parseText(manifestText(`name: x\nlabels:\n${members.replace(/^ {2}/gm, '')}`));

    expect(problems).toEqual([]);
    expect(Object.keys(manifests[0]?.labels ?? {}).length).toBe(3000);
  });
});

describe('no text makes the loader throw', () => {
  const manifest = manifestText(
    'name: Support\nformerly: [Old]\nlabels: { a: b }\nignore: [/privacy]',
    `capabilities:\n  voice:\n    webhooks:\n      answer_url: { address: "https://\${HOST}/a", http_method: GET }\n  vbc: {}`,
  );
  const options = {
    variables: { HOST: 'x.example' },
    secrets: ['correct horse battery'],
    passthroughCapabilities: ['fax'],
  };
  const sound = (text: string): void => {
    const { problems, manifests, broken, complete } = parseText(text, options);

    expect(complete).toBe(problems.every(({ severity }) => severity === 'warning'));
    expect(broken.length > 0).toBe(!complete);
    const lines = text.split('\n').length;
    for (const { place } of [...problems, ...manifests, ...broken]) {
      expect(place.file).toBe('a.yaml');
      expect(place.line).toBeGreaterThanOrEqual(1);
      expect(place.line).toBeLessThanOrEqual(lines);
      expect(place.column).toBeGreaterThanOrEqual(1);
    }
    JSON.stringify(manifests);
  };

  test('whatever characters it has', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), sound));
  });

  test('whatever is made of the signs of YAML', () => {
    const sign = fc.constantFrom(
      ...'-?:,[]{}#&*!|>\'"%@`\n\t ~0aé\0'.split(''),
      `\${`,
      '<<',
      '---\n',
      '\r\n',
      '\uFEFF',
    );
    fc.assert(fc.property(fc.array(sign, { maxLength: 60 }), (signs) => sound(signs.join(''))));
  });

  test('whatever is changed in a manifest', () => {
    const change = fc.record({
      at: fc.nat({ max: manifest.length }),
      remove: fc.nat({ max: 12 }),
      insert: fc.oneof(
        fc.string({ maxLength: 4 }),
        fc.constantFrom('\n', '  ', '*a', '&a ', `\${X}`, '!!set ', '{', '[', '1e999', '__proto__: 1', '---\n', '\0'),
      ),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        sound(
          changes.reduce(
            (text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove),
            manifest,
          ),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('whatever JSON stands in place of a field', () => {
    fc.assert(
      fc.property(fc.constantFrom('metadata', 'spec', 'kind'), fc.jsonValue(), (member, value) => {
        const document = { apiVersion: 'vonage-gitops/v1', kind: 'Application', metadata: { name: 'x' }, spec: {} };
        sound(JSON.stringify({ ...document, [member]: value }));
        sound(
          JSON.stringify({
            ...document,
            spec: { capabilities: { fax: value, voice: value, video: { webhooks: value } } },
          }),
        );
      }),
    );
  });
});

describe('what must not be seen is in no problem', () => {
  const lineOf = (pem: string) => pem.split('\n')[1] ?? '';

  test.each([
    ['as the public key', manifestText('name: A', `keys:\n  public_key: |\n${indented(privatePem, 4)}`)],
    ['in a label', manifestText(`name: A\nlabels:\n  key: |\n${indented(privatePem, 4)}`)],
    ['in a comment', `${manifestText('name: A')}\n# ${privatePem.replaceAll('\n', '\n# ')}`],
    [
      'in one line of JSON',
      JSON.stringify({ apiVersion: 'vonage-gitops/v1', metadata: { name: 'A', key: privatePem } }),
    ],
  ])('a private key %s', (_, text) => {
    const { problems, manifests, broken } = parseText(text);

    expect(manifests).toEqual([]);
    expect(broken.map(({ name }) => name)).toEqual(['A']);
    expect(problems.map(({ message, frame }) => ({ message, frame }))).toEqual([
      {
        message:
          'private keys are not allowed in manifests; this one is not shown here. Consider it leaked and create a new one',
        frame: undefined,
      },
    ]);
  });

  test('a private key that comes in through a variable, or in disguise', () => {
    const text = manifestText(`name: A\nlabels: { a: "\${KEY}", b: "-----BEGIN \\x50RIVATE KEY-----" }`);

    const seen = told(text, { variables: { KEY: privatePem } });

    expect(seen.match(/private keys are not allowed in manifests/g)?.length).toBe(2);
    expect(seen).not.toContain(lineOf(privatePem));
  });

  test('a private key as the name of a manifest', () => {
    const { broken } = parseText(`${manifestText('name: "-----BEGIN PRIVATE KEY-----"')}`);

    expect(broken.map(({ name }) => name)).toEqual([undefined]);
  });

  test('a public key, whichever field below keys is wrong', () => {
    const wrong = indented(publicPem.replace('BEGIN PUBLIC', 'BEGIN PUBLICK'), 4);
    const text = manifestText('name: A', `keys:\n  public_key: |\n${wrong}\n  other: hush\nx: 1`);

    const seen = told(text);

    expect(seen).toContain('unknown field "other"');
    expect(seen).toContain('…');
    for (const line of publicPem.split('\n').slice(1, -1)) expect(seen).not.toContain(line);
    expect(seen).not.toContain('hush');
  });

  test('keys behind an alias, in a list, and in a file that cannot be parsed', () => {
    const text = manifestText(
      'name: &name A\nlabels: { k: &k hush-1 }',
      `keys: { a: *k, b: [hush-2, { c: hush-3 }], d: *nobody }\nx: [`,
    );

    const seen = told(text);

    expect(seen).toContain('YAML');
    expect(seen).not.toContain('hush');
  });

  test('the secret of a webhook and the credential of a gateway', () => {
    const text = manifestText(
      'name: A',
      'capabilities:\n  video: { webhooks: { archive_status: { secret: hush-1 } } }\n  voice: { payments: { gateways: [{ credential: hush-2, mod: test }] } }',
    );

    const seen = told(text);

    expect(seen).toContain('mod');
    expect(seen).not.toContain('hush');
  });

  test('a configured secret, wherever it stands', () => {
    const secret = 'correct horse battery';
    const text = [
      manifestText(
        `name: ${secret}\nlabels: { a: "\${SPACED}", "${secret}": b }`,
        `privacy: { improve_ai: "${secret}" }`,
      ),
      manifestText('name: B', `"x ${secret}": 1`),
      `? ${secret}\n: [`,
    ].join('---\n');

    const { problems, broken } = parseText(text, { variables: { SPACED: `x${secret}x` }, secrets: [secret, 'b'] });

    const told = JSON.stringify(problems);
    expect(told).not.toContain(secret);
    expect(told.match(/this text holds a configured secret; it is not shown here/g)?.length).toBe(5);
    expect(broken.map(({ name }) => name)).toEqual([undefined, 'B', undefined]);
  });

  test('a name and password in a URL', () => {
    const seen = told(manifestText('name: A', 'privacy: { improve_ai: "https://me:hush@x.example" }'));

    expect(seen).toContain('https://(sensitive)@x.example');
    expect(seen).not.toContain('hush');
  });

  test('signs that could fool a terminal', () => {
    const seen = told(manifestText('name: A', '"\u202Ex\u001b[31m": 1'));

    expect(seen).not.toContain('\u202E');
    expect(seen).not.toContain('\u001b');
  });
});
