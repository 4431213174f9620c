import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical } from '../../../src/core/application/canonical.ts';
import { diff } from '../../../src/core/application/diff.ts';
import { overlay } from '../../../src/core/application/overlay.ts';
import { exportManifest } from '../../../src/core/export/export-manifest.ts';
import { SecretNames } from '../../../src/core/export/secret-names.ts';
import { type UpdateOptions, updateManifests } from '../../../src/core/export/update-manifests.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { defaultManifestOptions, type ManifestOptions } from '../../../src/core/manifest/options.ts';
import { parseManifests } from '../../../src/core/manifest/parse.ts';
import { anApplication } from '../../builders.ts';
import { documentedSpec, secretMark, someApplications } from './arbitrary-applications.ts';

interface Given {
  readonly name?: string;
  readonly body: JsonObject;
  readonly manifest?: Partial<ManifestOptions>;
  readonly options?: Partial<UpdateOptions>;
}

/** The only manifest of a text, updated. */
function update(text: string, { name, body, manifest: given = {}, options = {} }: Given) {
  const manifestOptions = { ...defaultManifestOptions, opaqueVariables: true, ...given };
  const { manifests, problems } = parseManifests([{ path: 'a.yaml', text }], manifestOptions);
  const [manifest] = manifests;
  if (manifest === undefined) throw new Error(JSON.stringify(problems));
  const application = anApplication({ name: name ?? manifest.name, body: { ...body, name: name ?? manifest.name } });
  const names = new SecretNames([]);
  names.take(text);
  return updateManifests({ path: 'a.yaml', text }, [{ manifest, application }], {
    manifest: manifestOptions,
    withIds: true,
    withKeys: false,
    names,
    ...options,
  });
}

const base = `# Calls of the support team
apiVersion: vonage-gitops/v1
kind: Application
metadata:
  name: Support
spec:
  capabilities:
    voice:
      region: eu-west # GDPR
      webhooks:
        answer_url:
          address: "https://\${HOST}/answer"
          # http_method: GET
          socket_timeout: 3000
        event_url: { address: https://a.example/events, http_method: POST }
    video:
      webhooks:
        archive_status:
          address: https://a.example/archive
          secret: \${SIGNS_ARCHIVES}
`;
const set: Partial<ManifestOptions> = {
  variables: { HOST: 'a.example' },
  allowedEnvironment: ['SIGNS_ARCHIVES'],
  environment: { SIGNS_ARCHIVES: 'as it was' },
};
const unset: Partial<ManifestOptions> = { allowedEnvironment: ['HOST', 'SIGNS_ARCHIVES'] };

const answer = { address: 'https://a.example/answer', socket_timeout: 3000, http_method: 'GET', connect_timeout: 1000 };
const event = { address: 'https://a.example/events', http_method: 'POST' };
const archive = { address: 'https://a.example/archive', secret: 'as it was' };

function body(webhooks: JsonObject = {}, voice: JsonObject = {}, capabilities: JsonObject = {}): JsonObject {
  return {
    privacy: { improve_ai: false },
    keys: { public_key: 'a key' },
    capabilities: {
      voice: {
        region: 'eu-west',
        conversations_ttl: 48,
        webhooks: { answer_url: answer, event_url: event, ...webhooks },
        ...voice,
      },
      video: { webhooks: { archive_status: archive }, environment_id: 1 },
      ...capabilities,
    },
  };
}

describe('what is live', () => {
  test.each([set, unset])(
    'changes nothing when it is what the manifest says, with variables and without',
    (manifest) => {
      expect(update(base, { body: body(), manifest })).toMatchObject({ text: base, remarks: [], variables: [] });
    },
  );

  test.each<{ title: string; live: JsonObject; from: string; to: string }>([
    {
      title: 'a value',
      live: body({}, { region: 'na-east' }),
      from: 'region: eu-west #',
      to: 'region: na-east #',
    },
    {
      title: 'a part of a text, and placeholders in other parts stay',
      live: body({ answer_url: { ...answer, address: 'https://a.example/v2/answer' } }),
      from: '${HOST}/answer',
      to: '${HOST}/v2/answer',
    },
    {
      title: 'a part of a text that a placeholder stood for',
      live: body({ answer_url: { ...answer, address: 'https://b.example/answer' } }),
      from: '${HOST}/answer',
      to: 'b.example/answer',
    },
    {
      title: 'a value that a comment stood for',
      live: body({ answer_url: { ...answer, http_method: 'POST' } }),
      from: '# http_method: GET',
      to: 'http_method: POST',
    },
    {
      title: 'a value that is now the default',
      live: body({ answer_url: { ...answer, socket_timeout: 5000 } }),
      from: 'socket_timeout: 3000',
      to: 'socket_timeout: 5000',
    },
    {
      title: 'a default that the API does not show',
      live: body({ answer_url: { address: answer.address } }),
      from: 'socket_timeout: 3000',
      to: 'socket_timeout: 5000',
    },
    {
      title: 'a webhook that is gone',
      live: body({ event_url: { address: '', http_method: 'POST' } }),
      from: '        event_url: { address: https://a.example/events, http_method: POST }\n',
      to: '',
    },
    {
      title: 'a setting that was added',
      live: body({}, { signed_callbacks: false }),
      from: '    video:',
      to: '      signed_callbacks: false\n    video:',
    },
    {
      title: 'a capability that was added',
      live: body({}, {}, { vbc: {} }),
      from: '    video:',
      to: '    vbc: {}\n    video:',
    },
    {
      title: 'a text with the two characters of a placeholder',
      live: body({ event_url: { ...event, address: 'https://a.example/${x}' } }),
      from: 'https://a.example/events',
      to: '"https://a.example/$${x}"',
    },
  ])('is $title', ({ live, from, to }) => {
    const updated = update(base, { body: live, manifest: set });

    expect(updated).toMatchObject({ text: base.replace(from, () => to), remarks: [], variables: [] });
    expect(update(updated.text, { body: live, manifest: set }).text).toBe(updated.text);
  });

  test('is a secret: its variable stays, and must be set anew', () => {
    const live = body({}, {}, { video: { webhooks: { archive_status: { ...archive, secret: 'another one' } } } });

    expect(update(base, { body: live, manifest: set })).toMatchObject({
      text: base,
      remarks: [
        {
          place: { file: 'a.yaml', line: 20, column: 19 },
          path: 'spec.capabilities.video.webhooks.archive_status.secret',
          what: '${SIGNS_ARCHIVES} must be set to what is live now',
        },
      ],
      variables: [],
    });
  });

  test('is a new secret: it becomes a variable of its own', () => {
    const webhooks = {
      archive_status: archive,
      stream_created: { address: 'https://a.example/s', secret: secretMark },
    };
    const { text, variables } = update(base, { body: body({}, {}, { video: { webhooks } }), manifest: set });

    expect(text).toBe(
      `${base}        stream_created:\n          address: https://a.example/s\n          secret: "\${SUPPORT_VIDEO_STREAM_CREATED_SECRET}"\n`,
    );
    expect(variables).toEqual([{ variable: 'SUPPORT_VIDEO_STREAM_CREATED_SECRET', application: 'Support' }]);
  });

  test('is told where variables are not set here', () => {
    const live = body({ answer_url: { ...answer, address: 'https://a.example/v2' } });
    const { text, remarks } = update(base, { body: live, manifest: unset });

    expect(text).toBe(base);
    expect(remarks).toMatchObject([{ place: { line: 12 }, what: expect.stringContaining('${HOST} is not set here') }]);
  });

  test('is told where a default is not what is live', () => {
    const text = base.replace('${HOST}', '${HOST:-b.example}');
    const { text: updated, remarks } = update(text, { body: body(), manifest: unset });

    expect(updated).toBe(text);
    expect(remarks).toMatchObject([{ what: expect.stringContaining('${HOST} is not set here') }]);
  });

  test('is a part that a default stands for', () => {
    const text = base.replace('${HOST}', '${HOST:-a.example}');
    const live = body({ answer_url: { ...answer, address: 'https://a.example/v2' } });

    expect(update(text, { body: live, manifest: unset }).text).toBe(text.replace('}/answer', '}/v2'));
  });

  test('is left alone where the manifest ignores it', () => {
    const text = base.replace(
      '  name: Support\n',
      '  name: Support\n  ignore: [/capabilities/voice/region, /capabilities/messages]\n',
    );
    const live = body({}, { region: 'na-east' }, { messages: { version: 'v0.1' } });

    expect(update(text, { body: live, manifest: set }).text).toBe(text);
  });

  test('is ignored where no manifest can declare it', () => {
    const live = body({ fallback_answer_url: { address: 'ftp://a.example' } });
    const { text } = update(base, { body: live, manifest: set });

    expect(text).toBe(
      base.replace(
        '  name: Support\n',
        '  name: Support\n  ignore:\n    - /capabilities/voice/webhooks/fallback_answer_url\n',
      ),
    );
  });

  test('is a new name: the id comes with it', () => {
    const { text } = update(base, { name: 'Support line', body: body(), manifest: set });
    const { id } = anApplication();

    expect(text).toBe(base.replace('name: Support\n', `name: Support line\n  id: ${id}\n`));
  });

  test('is a new name without ids: the earlier name comes with it', () => {
    const { text } = update(base, { name: 'Support line', body: body(), manifest: set, options: { withIds: false } });

    expect(text).toBe(base.replace('name: Support\n', `name: Support line\n  formerly:\n    - Support\n`));
  });

  test('is a name with the suffix of the account', () => {
    const manifest = { ...set, nameSuffix: ' (staging)' };
    const { text } = update(base, { name: 'Line (staging)', body: body(), manifest });
    const other = update(base, { name: 'Line', body: body(), manifest });

    expect(text).toContain('name: Line\n');
    expect(other.text).toBe(base);
    expect(other.remarks).toMatchObject([{ place: { line: 5 }, path: 'metadata.name' }]);
  });
});

/** The options of a person who has set everything the manifest asks for to what is live. */
const optionsOf = (names: readonly string[]): ManifestOptions => ({
  ...defaultManifestOptions,
  opaqueVariables: true,
  allowedEnvironment: names,
});

test('after an update a plan finds nothing, and a second update changes nothing', () => {
  fc.assert(
    fc.property(documentedSpec, documentedSpec, (before, after) => {
      const names = new SecretNames([]);
      const settings = {
        withKeys: false,
        passthroughCapabilities: [],
        secrets: [],
        name: 'Support',
        isPinned: true,
        names,
        notes: [],
      };
      const exported = exportManifest(anApplication({ name: 'Support', body: before }), settings);
      const options = optionsOf([...exported.secrets.keys()]);
      const [manifest] = parseManifests([{ path: 'a.yaml', text: exported.text }], options).manifests;
      if (manifest === undefined) throw new Error('invalid');
      const update = { manifest, application: anApplication({ name: 'Support', body: after }) };
      const how = { manifest: options, withIds: true, withKeys: false, names };

      const { text, variables } = updateManifests({ path: 'a.yaml', text: exported.text }, [update], how);

      const all = optionsOf([...exported.secrets.keys(), ...variables.map(({ variable }) => variable)]);
      const [updated] = parseManifests([{ path: 'a.yaml', text }], all).manifests;
      if (updated === undefined) throw new Error('invalid');
      const wanted = overlay(updated, { ...after, name: 'Support' }, { undeclaredCapabilities: 'remove' });
      const { members } = diff(canonical({ ...after, name: 'Support' }), canonical(wanted));
      expect(members.filter((member) => !String(member.after).startsWith('${')).map(({ path }) => path)).toEqual([]);
      const second = updateManifests({ path: 'a.yaml', text }, [{ ...update, manifest: updated }], {
        ...how,
        manifest: all,
      });
      expect(second.text).toBe(text);
    }),
    { numRuns: 150 },
  );
});

test('whatever is live, what is written holds no secret, is valid, and is written once', () => {
  fc.assert(
    fc.property(someApplications, someApplications, fc.boolean(), ([one], [other], withKeys) => {
      if (one === undefined || other === undefined) return;
      const names = new SecretNames([]);
      const settings = { withKeys, passthroughCapabilities: ['holograms'], secrets: [] };
      const exported = exportManifest(one, { ...settings, name: 'Support', isPinned: true, names });
      const options = { ...optionsOf([...exported.secrets.keys()]), passthroughCapabilities: ['holograms'] };
      const [manifest] = parseManifests([{ path: 'a.yaml', text: exported.text }], options).manifests;
      if (manifest === undefined) throw new Error('invalid');
      const update = { manifest, application: { ...other, name: 'Support' } };
      const how = { manifest: options, withIds: true, withKeys, names };

      const { text, variables } = updateManifests({ path: 'a.yaml', text: exported.text }, [update], how);

      expect(text).not.toContain(secretMark);
      const all = {
        ...options,
        allowedEnvironment: [...exported.secrets.keys(), ...variables.map(({ variable }) => variable)],
      };
      const [updated] = parseManifests([{ path: 'a.yaml', text }], all).manifests;
      if (updated === undefined) throw new Error('invalid');
      const second = updateManifests({ path: 'a.yaml', text }, [{ ...update, manifest: updated }], {
        ...how,
        manifest: all,
      });
      expect(second.text).toBe(text);
      const same = { manifest, application: { ...one, name: 'Support' } };
      expect(updateManifests({ path: 'a.yaml', text: exported.text }, [same], how).text).toBe(exported.text);
    }),
    { numRuns: 150 },
  );
});

describe('a live name that differs', () => {
  const head = 'apiVersion: vonage-gitops/v1\nkind: Application\nmetadata:\n';
  const id = anApplication({ name: 'x' }).id;
  const live = { name: 'Help line', body: { privacy: { improve_ai: false } } };
  const variables: Partial<ManifestOptions> = { allowedEnvironment: ['TEAM'] };

  test.each([
    { title: 'brings the id', text: '  name: Sales line\n', options: {}, expected: `  name: Help line\n  id: ${id}\n` },
    {
      title: 'stays beside the id that is there',
      text: `  name: Sales line\n  id: ${id}\n`,
      options: {},
      expected: `  name: Help line\n  id: ${id}\n`,
    },
    {
      title: 'brings the earlier name where ids are not wanted',
      text: '  name: Sales line\n  formerly: [Old line, Help line]\n',
      options: { withIds: false },
      expected: '  name: Help line\n  formerly: [Old line, Sales line]\n',
    },
  ])('$title', ({ text, options, expected }) => {
    const spec = 'spec:\n  privacy:\n    improve_ai: false\n';

    expect(update(`${head}${text}${spec}`, { ...live, options }).text).toBe(`${head}${expected}${spec}`);
  });

  test('is told where a variable of the name is not set', () => {
    const text = `${head}  name: \${TEAM:-Sales} line\nspec: {}\n`;

    const found = update(text, { ...live, manifest: variables });

    expect(found.text).toBe(text);
    expect(found.remarks).toMatchObject([
      { path: 'metadata.name', what: expect.stringContaining('${TEAM} is not set') },
    ]);
  });
});

test('other documents of a file stay', () => {
  const other = 'apiVersion: vonage-gitops/v1\nkind: Application\nmetadata:\n  name: Other\nspec: {}\n';
  const text = `${base}---\n${other}`;

  const { text: after } = update(text, {
    body: body({ answer_url: { ...answer, socket_timeout: 4000 } }),
    manifest: set,
  });

  expect(after).toBe(text.replace('socket_timeout: 3000', 'socket_timeout: 4000'));
});
