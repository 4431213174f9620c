import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hashJson } from '../../../src/core/hash.ts';
import { stableStringify } from '../../../src/core/json.ts';
import { defaultManifestOptions } from '../../../src/core/manifest/options.ts';
import { parseManifests } from '../../../src/core/manifest/parse.ts';
import { manifestText, parseText, problemLines } from './builders.ts';

const publicKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' });
const pssKey = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey.export({
  type: 'spki',
  format: 'pem',
});
const pem = publicKey.toString();

describe('a manifest', () => {
  test('is read with everything it says', () => {
    const text = manifestText(
      [
        'name: Support line',
        'id: 78D335FA323D01149C3DD6F0D48968CF',
        'formerly: [Support]',
        'labels: { team: support }',
        'deletionPolicy: orphan',
        'reconcile: paused',
        'ignore: [/capabilities/voice/region, /capabilities/voice/webhooks/answer_url/connection_timeout]',
      ].join('\n'),
      [
        'privacy: { improve_ai: false }',
        'capabilities:',
        '  vbc: {}',
        '  voice:',
        '    webhooks:',
        '      answer_url: { address: https://x.example/answer, http_method: get, connection_timeout: 500 }',
      ].join('\n'),
    );

    const { manifests, problems, complete, broken } = parseText(text);

    expect(problems).toEqual([]);
    expect({ complete, broken }).toEqual({ complete: true, broken: [] });
    const spec = {
      privacy: { improve_ai: false },
      capabilities: {
        vbc: {},
        voice: {
          webhooks: {
            answer_url: { address: 'https://x.example/answer', http_method: 'GET', connect_timeout: 500 },
          },
        },
      },
    };
    const ignore = ['/capabilities/voice/region', '/capabilities/voice/webhooks/answer_url/connect_timeout'];
    expect(manifests).toEqual([
      {
        name: 'Support line',
        id: '78d335fa-323d-0114-9c3d-d6f0d48968cf',
        formerly: ['Support'],
        labels: { team: 'support' },
        deletionPolicy: 'orphan',
        reconcile: 'paused',
        ignore,
        spec,
        concealed: new Map(),
        place: { file: 'a.yaml', line: 4, column: 9 },
        ownFile: true,
        hash: hashJson({ name: 'Support line', spec, ignore }),
        specHash: hashJson(spec),
      },
    ]);
  });

  test('that says little has no more than defaults', () => {
    const { manifests } = parseText(manifestText('name: Support', '{}'));

    expect(manifests[0]).toMatchObject({ labels: {}, reconcile: 'enabled', ignore: [], spec: {} });
    expect(Object.keys(manifests[0] ?? {})).not.toContain('formerly');
  });

  test('tells an empty list of earlier names from none', () => {
    const { manifests } = parseText(manifestText('name: Support\nformerly: []'));

    expect(manifests[0]?.formerly).toEqual([]);
  });

  test('may be JSON, with a line for editors', () => {
    const text = JSON.stringify({
      $schema: '../application.schema.json',
      apiVersion: 'vonage-gitops/v1',
      kind: 'Application',
      metadata: { name: 'Support' },
      spec: { capabilities: { rtc: { webhooks: { event_url: { address: 'https://x.example' } } } } },
    });

    const { manifests, problems } = parseText(text);

    expect(problems).toEqual([]);
    expect(manifests[0]?.spec).toEqual({
      capabilities: { rtc: { webhooks: { event_url: { address: 'https://x.example' } } } },
    });
  });

  test.each([
    ['a byte order mark', `\uFEFF${manifestText()}`],
    ['carriage returns', manifestText().replaceAll('\n', '\r\n')],
    ['a comment above', `# hello\n${manifestText()}`],
    ['an empty document before', `---\n---\n${manifestText()}`],
  ])('is read in spite of %s', (_, text) => {
    const { manifests, problems } = parseText(text);

    expect(problems).toEqual([]);
    expect(manifests.map(({ name, ownFile }) => ({ name, ownFile }))).toEqual([{ name: 'Support', ownFile: true }]);
  });

  test('may repeat values by alias, also of whole webhooks', () => {
    const text = manifestText(
      'name: &name Support\nlabels: { of: *name }',
      'capabilities:\n  messages:\n    webhooks:\n      inbound_url: &hook { address: https://x.example }\n      status_url: *hook',
    );

    const { manifests, problems } = parseText(text);

    expect(problems).toEqual([]);
    expect(manifests[0]?.labels).toEqual({ of: 'Support' });
    expect(stableStringify(manifests[0]?.spec ?? {})).toContain('"status_url":{"address":"https://x.example"}');
  });

  test('may say of a webhook of video whether it is called', () => {
    const hook = '{ address: https://x.example, active: false }';
    const video = `{ webhooks: { archive_status: ${hook} }, environment_id: 1, hoolock_configs: [{ key: a }] }`;

    const { problems } = parseText(manifestText('name: x', `capabilities: { video: ${video} }`));

    expect(problems).toEqual([]);
  });

  test('may hold anything below a capability that is passed through, known or not', () => {
    const spec = 'capabilities: { fax: { a: [1, null, true, 1.5] }, voice: { novel: 1 }, vbc: {} }';

    const passed = parseText(
      manifestText('name: x\nignore: [/capabilities/fax/a, /capabilities/voice/novel/x]', spec),
      {
        passthroughCapabilities: ['fax', 'voice', 'telex'],
      },
    );

    expect(passed.problems).toEqual([]);
    expect(passed.manifests[0]?.spec).toEqual({
      capabilities: { fax: { a: [1, null, true, 1.5] }, voice: { novel: 1 }, vbc: {} },
    });
  });
});

describe('a public key', () => {
  const inline = manifestText('name: x', `keys:\n  public_key: |\n${pem.trim().replace(/^/gm, '    ')}`);

  test('may stand in the manifest', () => {
    const { manifests, problems } = parseText(inline);

    expect(problems).toEqual([]);
    expect(manifests[0]?.spec).toEqual({ keys: { public_key: pem } });
  });

  test('may be of RSA in a form that only OpenSSL understands', () => {
    const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
    // The algorithm's NULL parameter left out, and the outer lengths two less: unusual, yet accepted.
    const odd = Buffer.concat([
      Buffer.from([0x30, 0x82]),
      Buffer.from([(der.length - 6) >> 8, (der.length - 6) & 255]),
      Buffer.from([0x30, 0x0b]),
      der.subarray(6, 17),
      der.subarray(19),
    ]);
    const oddPem = `-----BEGIN PUBLIC KEY-----\n${odd.toString('base64')}\n-----END PUBLIC KEY-----\n`;

    const { problems } = parseText(manifestText('name: x', 'keys: { public_key_file: a.pub }'), {
      keyFile: () => ({ text: oddPem }),
    });

    expect(problems).toEqual([]);
  });

  test('of RSA-PSS is not accepted', () => {
    const { problems } = parseText(manifestText('name: x', 'keys: { public_key_file: a.pub }'), {
      keyFile: () => ({ text: pssKey.toString() }),
    });

    expect(problems.map(({ message }) => message)).toEqual([
      'expected one RSA public key in PEM form, SPKI ("BEGIN PUBLIC KEY") in the file, found a key of type rsa-pss',
    ]);
  });

  test('may stand in a file beside the manifest', () => {
    const asked: string[] = [];
    const files = [
      { path: 'team/a.yaml', text: manifestText('name: x', 'keys: { public_key_file: ./keys/../a.pub }') },
      { path: 'team/b.yaml', text: manifestText('name: y', 'keys: { public_key_file: ../b.pub }') },
    ];

    const { manifests, problems } = parseManifests(files, {
      ...defaultManifestOptions,
      keyFile: (path) => {
        asked.push(path);
        return { text: pem };
      },
    });

    expect(problems).toEqual([]);
    expect(asked).toEqual(['team/a.pub', 'b.pub']);
    expect(manifests.map(({ spec }) => spec)).toEqual([{ keys: { public_key: pem } }, { keys: { public_key: pem } }]);
  });
});

describe('files', () => {
  test('may hold several manifests', () => {
    const { manifests } = parseText(`${manifestText('name: A')}---\n${manifestText('name: B')}`);

    expect(manifests.map(({ name, ownFile, place }) => ({ name, ownFile, line: place.line }))).toEqual([
      { name: 'A', ownFile: false, line: 4 },
      { name: 'B', ownFile: false, line: 11 },
    ]);
  });

  test('that hold the configuration are left out, and do not share a file with a manifest', () => {
    const { manifests, problems } = parseText(`apiVersion: vonage-gitops/v1\nkind: Config\n---\n${manifestText()}`);

    expect(problems).toEqual([]);
    expect(manifests.map(({ ownFile }) => ownFile)).toEqual([true]);
  });

  test('without a document are named', () => {
    const files = ['', '# only a comment\n', '---\n', manifestText()].map((text, index) => ({
      path: `${index}.yaml`,
      text,
    }));

    const { emptyFiles, problems } = parseManifests(files, defaultManifestOptions);

    expect(problems).toEqual([]);
    expect(emptyFiles).toEqual(['0.yaml', '1.yaml', '2.yaml']);
  });

  test('give one order of manifests, broken ones and problems, whatever the order they come in', () => {
    const files = [
      { path: 'b.yaml', text: manifestText('name: B') },
      { path: 'c.yaml', text: manifestText('name: ""') },
      { path: 'a.yaml', text: manifestText('name: A\nid: x') },
      { path: 'd.yaml', text: 'x' },
    ];

    const one = parseManifests(files, defaultManifestOptions);
    const other = parseManifests([...files].reverse(), defaultManifestOptions);

    expect(other).toEqual(one);
    expect(one.problems.map(({ place }) => place.file)).toEqual(['a.yaml', 'c.yaml', 'd.yaml']);
  });

  test('with the same path twice do no harm', () => {
    const { problems } = parseManifests(
      [
        { path: 'a.yaml', text: manifestText('name: A') },
        { path: 'a.yaml', text: manifestText('name: B') },
      ],
      defaultManifestOptions,
    );

    expect(problems).toEqual([]);
  });
});

describe('a document that cannot be used', () => {
  test('is told with what is known of it', () => {
    const id = '78d335fa-323d-0114-9c3d-d6f0d48968cf';
    const text = [manifestText(`name: A\nid: ${id}`, 'x: 1'), manifestText('name: B', 'x: 1'), 'a: [', '- x'].join(
      '---\n',
    );

    const { broken, complete, manifests } = parseText(text);

    expect({ complete, manifests }).toEqual({ complete: false, manifests: [] });
    expect(broken).toEqual([
      { place: { file: 'a.yaml', line: 4, column: 9 }, name: 'A', id },
      { place: { file: 'a.yaml', line: 12, column: 9 }, name: 'B' },
      { place: { file: 'a.yaml', line: 16, column: 1 } },
    ]);
  });

  test('does not keep its neighbors from being read', () => {
    const { manifests, broken } = parseText(`${manifestText('name: A', 'x: 1')}---\n${manifestText('name: B')}`);

    expect(manifests.map(({ name }) => name)).toEqual(['B']);
    expect(broken.map(({ name }) => name)).toEqual(['A']);
  });

  test('has all its problems told at once', () => {
    const text = manifestText('name: 1\nid: 2\nlabels: []\nignore: x', 'capabilities: { voice: 1, fax: {} }\nkeys: 5');

    expect(problemLines(parseText(text)).map((line) => line.split(': ')[0])).toEqual([
      'error a.yaml:4:9 metadata.name',
      'error a.yaml:5:7 metadata.id',
      'error a.yaml:6:11 metadata.labels',
      'error a.yaml:7:11 metadata.ignore',
      'error a.yaml:9:26 spec.capabilities.voice',
      'error a.yaml:9:29 spec.capabilities.fax',
      'error a.yaml:10:9 spec.keys',
    ]);
  });

  test('has at most five errors of the parser told', () => {
    const { problems } = parseText('}\n'.repeat(50));

    expect(problems.length).toBe(5);
  });
});
