import { expect, test } from 'vitest';
import { manifestYaml, withEmulator } from './world.ts';

const patch = `apiVersion: vonage-gitops/v1
kind: ApplicationPatch
metadata: { name: Support line }
spec: { capabilities: { messages: { webhooks: { inbound_url: { address: "https://\${HOST}/in" } } } } }
`;
const config = (manifests: string, more = '') => `apiVersion: vonage-gitops/v1
kind: Config
accounts:
  - { name: main, manifests: ${manifests}, environment: [HOST], nameSuffix: " (staging)" }
${more}`;

test('values of the environment are not needed and not shown', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', config('[base, staging]'));
    await bench.write('base/support.yaml', manifestYaml('Support line'));
    await bench.write('staging/support.yaml', patch);

    const { code, stdout, stderr } = await bench.run(['render']);

    expect(code).toBe(0);
    expect(stdout).toContain('name: Support line (staging)\n');
    expect(stdout).toContain('address: "https://${HOST}/in" # staging/support.yaml:4\n');
    expect(stderr).toContain('${HOST} is not set here');
  }));

test('manifests come in the order of their names, and what is invalid is left out', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', config('[base, staging]'));
    await bench.write('base/a.yaml', manifestYaml('Zulu'));
    await bench.write('base/b.yaml', manifestYaml('Alpha'));
    await bench.write('staging/support.yaml', patch);

    const { code, stdout, stderr } = await bench.run(['render']);

    expect(code).toBe(5);
    expect(stdout.match(/name: .*/g)).toEqual(['name: Alpha (staging)', 'name: Zulu (staging)']);
    expect(stderr).toContain('staging/support.yaml:3:19: error: metadata.name: no earlier layer has an application');
  }));

test('one account is rendered', () =>
  withEmulator(async (bench) => {
    const other = '  - { name: other, manifests: apps, apiKey: { env: OTHER } }\n';
    await bench.write('vonage-gitops.yaml', config('apps', other));
    await bench.write('apps/a.yaml', manifestYaml('Alpha'));

    const several = await bench.run(['render']);
    const one = await bench.run(['render', '--account', 'other']);

    expect([several.code, several.stderr]).toEqual([5, expect.stringContaining('select one with --account')]);
    expect([one.code, one.stdout]).toEqual([0, expect.stringContaining('name: Alpha\n')]);
  }));

test('no manifest at all is an error', () =>
  withEmulator(async (bench) => {
    await bench.write('vonage-gitops.yaml', config('apps'));
    await bench.write('apps/README.md', 'nothing yet');

    const { code, stderr } = await bench.run(['render']);

    expect([code, stderr]).toEqual([5, expect.stringContaining('E_NO_MANIFESTS')]);
  }));
