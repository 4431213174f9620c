import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { differingFields } from '../../../src/core/export/differing-fields.ts';
import { editYaml } from '../../../src/core/export/edit-yaml.ts';
import { SecretNames } from '../../../src/core/export/secret-names.ts';
import { type UpdateOptions, updateManifests } from '../../../src/core/export/update-manifests.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { defaultManifestOptions, type ManifestOptions } from '../../../src/core/manifest/options.ts';
import { parseManifests } from '../../../src/core/manifest/parse.ts';
import { anApplication } from '../../builders.ts';

const head = 'apiVersion: vonage-gitops/v1\nkind: Application\nmetadata: { name: Line }\n';

function update(
  spec: string,
  body: JsonObject,
  options: Partial<ManifestOptions> = {},
  more: Partial<UpdateOptions> = {},
) {
  const text = `${head}${spec}`;
  const manifest = { ...defaultManifestOptions, opaqueVariables: true, ...options };
  const [read] = parseManifests([{ path: 'a.yaml', text }], manifest).manifests;
  if (read === undefined) throw new Error('invalid');
  const application = anApplication({ name: 'Line', body: { ...body, name: 'Line' } });
  const settings = { manifest, withIds: true, withKeys: false, names: new SecretNames([]), ...more };
  const updated = updateManifests({ path: 'a.yaml', text }, [{ manifest: read, application }], settings);
  return {
    spec: updated.text.slice(head.length),
    remarks: updated.remarks.map(({ path, what }) => `${path}: ${what}`),
  };
}

const payments = (gateways: readonly JsonObject[]): JsonObject => ({
  capabilities: { voice: { webhooks: {}, payments: { gateways } } },
});

const paymentsText = `spec:
  capabilities:
    voice:
      webhooks: {}
      payments:
        gateways:
          - type: stripe
            mode: test # for now
            credential: \${CARD}
`;

test('items of a list keep their placeholders and comments', () => {
  const options = { variables: { CARD: 'card' } };
  const live = payments([{ type: 'stripe', mode: 'live', credential: 'card' }]);

  expect(update(paymentsText, live, options)).toEqual({
    spec: paymentsText.replace('mode: test', 'mode: live'),
    remarks: [],
  });
});

test('a secret in a list that was changed is told, and fields come and go in its items', () => {
  const options = { variables: { CARD: 'card' } };

  expect(update(paymentsText, payments([{ type: 'stripe', credential: 'other' }]), options)).toEqual({
    spec: paymentsText.replace('            mode: test # for now\n', ''),
    remarks: ['spec.capabilities.voice.payments.gateways.0.credential: ${CARD} must be set to what is live now'],
  });
  const bare = paymentsText.replace(/ {12}mode.*\n/, '');
  expect(update(bare, payments([{ type: 'other', mode: 'live', credential: 'card' }]), options).spec).toBe(
    paymentsText
      .replace('stripe', 'other')
      .replace('test # for now\n', 'live\n')
      .replace(/( +mode.*\n)( +cred.*\n)/, '$1$2'),
  );
});

test('a list with more items is told item by item', () => {
  const live = payments([{ type: 'stripe', mode: 'test', credential: 'card' }, { type: 'x' }]);

  expect(update(paymentsText, live, { variables: { CARD: 'card' } }).spec).toContain('- { type: x }\n');
});

function aKey(): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

test('a public key that is another one is replaced, and one in a file is told', () => {
  const [one, two] = [aKey(), aKey()];
  const text = (key: string) =>
    `spec:\n  keys:\n    public_key: |\n${key.trimEnd().replaceAll(/^/gm, '      ')}\n  capabilities: {}\n`;
  const inFile = 'spec:\n  keys: { public_key_file: a.pub }\n  capabilities: {}\n';
  const live = (key: string) => ({ keys: { public_key: key }, capabilities: {} });
  const options = { keyFile: () => ({ text: one }) };

  expect(update(text(one), live(two))).toEqual({ spec: text(two), remarks: [] });
  expect(update(text(one), live(one))).toEqual({ spec: text(one), remarks: [] });
  expect(update(inFile, live(one), options)).toEqual({ spec: inFile, remarks: [] });
  expect(update(inFile, live(two), options)).toEqual({
    spec: inFile,
    remarks: ['spec.keys.public_key_file: the file holds another public key than the application has'],
  });
  expect(update(text(one), { capabilities: {} }).spec).toBe('spec:\n  capabilities: {}\n');
});

test('a secret that the API does not show is left, and told', () => {
  const text = `spec:
  capabilities:
    video:
      webhooks:
        archive_status: { address: https://a.example, secret: "\${S}" }
`;
  const body = { capabilities: { video: { webhooks: { archive_status: { address: 'https://a.example' } } } } };

  expect(update(text, body, { allowedEnvironment: ['S'] })).toEqual({
    spec: text,
    remarks: ['spec.capabilities.video.webhooks.archive_status.secret: the API does not show it: it was left as it is'],
  });
});

test('a field that no manifest can declare is no longer declared, and told', () => {
  const text = 'spec:\n  capabilities:\n    voice:\n      conversations_ttl: 1\n      webhooks: {}\n';
  const { spec, remarks } = update(text, { capabilities: { voice: { conversations_ttl: -1, webhooks: {} } } });

  expect(spec).toBe(text.replace('      conversations_ttl: 1\n', ''));
  expect(remarks).toEqual([
    'spec.capabilities.voice.conversations_ttl: no manifest can declare its live value: it is no longer declared',
  ]);
});

test('the earlier spelling of a timeout stays', () => {
  const text = `spec:
  capabilities:
    voice:
      webhooks:
        answer_url: { address: https://a.example, connection_timeout: 500 }
`;
  const body = {
    capabilities: { voice: { webhooks: { answer_url: { address: 'https://a.example', connect_timeout: 600 } } } },
  };

  expect(update(text, body).spec).toBe(text.replace('500', '600'));
});

test('a number in place of a placeholder is one', () => {
  const text = `spec:
  capabilities:
    voice:
      webhooks:
        answer_url:
          address: https://a.example
          socket_timeout: \${T}
`;
  const body = {
    capabilities: { voice: { webhooks: { answer_url: { address: 'https://a.example', socket_timeout: 3000 } } } },
  };

  expect(update(text, body, { variables: { T: '2000' } }).spec).toBe(text.replace('${T}', '3000'));
  expect(update(text, body, { variables: { T: '3000' } }).spec).toBe(text);
});

test('what is ignored inside of something new does not come with it', () => {
  const ignoring = head.replace('name: Line', 'name: Line, ignore: [/capabilities/voice/region]');
  const text = `${ignoring}spec:\n  capabilities: {}\n`;
  const [manifest] = parseManifests([{ path: 'a.yaml', text }], defaultManifestOptions).manifests;
  if (manifest === undefined) throw new Error('invalid');
  const body = { name: 'Line', capabilities: { voice: { region: 'eu-west', webhooks: {} } } };
  const settings = { manifest: defaultManifestOptions, withIds: true, withKeys: false, names: new SecretNames([]) };
  const application = anApplication({ name: 'Line', body });

  expect(updateManifests({ path: 'a.yaml', text }, [{ manifest, application }], settings).text).toBe(
    `${ignoring}spec:\n  capabilities:\n    voice:\n      webhooks: {}\n`,
  );
});

test('fields of several layers are told with the line of the last one that says them', () => {
  const base = `${head}spec:\n  capabilities:\n    voice:\n      region: eu-west\n      webhooks: {}\n`;
  const [manifest] = parseManifests([{ path: 'base/a.yaml', text: base }], defaultManifestOptions).manifests;
  if (manifest === undefined) throw new Error('invalid');
  const body = { name: 'Line', capabilities: { voice: { region: 'na-east' }, vbc: {} } };
  const parts = [
    { file: 'base/a.yaml', line: 1, text: base },
    { file: 'prod/a.yaml', line: 11, text: 'spec:\n  capabilities:\n    voice:\n      region: eu-west\n' },
    { file: 'prod/empty.yaml', line: 1, text: '' },
  ];

  const found = differingFields(manifest, anApplication({ name: 'Line', body }), parts);

  expect(found.map(({ place: { file, line }, path }) => `${file}:${line} ${path}`)).toEqual([
    'base/a.yaml:3 spec.capabilities.vbc',
    'prod/a.yaml:14 spec.capabilities.voice.region',
  ]);
});

test('a document that is not there changes nothing', () => {
  expect(editYaml('a.yaml', 'a: 1\n', new Map([[5, { a: 2 }]]))).toEqual({ text: 'a: 1\n', left: [] });
});

test('of several layers a name is told, and no value of a variable that is not set', () => {
  const text = `${head}spec:\n  capabilities:\n    voice:\n      region: \${REGION}\n`;
  const options = { ...defaultManifestOptions, allowedEnvironment: ['REGION'], opaqueVariables: true };
  const [manifest] = parseManifests([{ path: 'base/a.yaml', text }], options).manifests;
  if (manifest === undefined) throw new Error('invalid');
  const body = { name: 'Another', capabilities: { voice: { region: 'na-east' } } };

  const found = differingFields(manifest, anApplication({ name: 'Another', body }), [
    { file: 'base/a.yaml', line: 1, text },
  ]);

  expect(found.map(({ path }) => path)).toEqual(['metadata.name']);
});

test('what the server takes for an absent setting is written', () => {
  const spec = (method: string) =>
    `spec:\n  capabilities:\n    voice:\n      webhooks:\n        answer_url: { address: https://a.example/x, http_method: ${method} }\n`;
  const webhooks = { answer_url: { address: 'https://a.example/x' } };

  expect(update(spec('POST'), { capabilities: { voice: { webhooks } } }).spec).toBe(spec('GET'));
});

test('what is there and ignored in part stays, although no manifest can declare it', () => {
  const ignoring = head.replace('Line }', 'Line, ignore: [/capabilities/voice/webhooks/answer_url/address] }');
  const text = `${ignoring}spec:\n  capabilities:\n    voice:\n      webhooks:\n        answer_url: { address: https://a.example/x, http_method: GET }\n`;
  const [manifest] = parseManifests([{ path: 'a.yaml', text }], defaultManifestOptions).manifests;
  if (manifest === undefined) throw new Error('invalid');
  const body = { name: 'Line', capabilities: { voice: { webhooks: { answer_url: { address: 'not a URL' } } } } };
  const settings = { manifest: defaultManifestOptions, withIds: true, withKeys: false, names: new SecretNames([]) };

  const updated = updateManifests(
    { path: 'a.yaml', text },
    [{ manifest, application: anApplication({ name: 'Line', body }) }],
    settings,
  );

  expect(updated.text.slice(updated.text.indexOf('spec:'))).toBe(text.slice(text.indexOf('spec:')));
});
