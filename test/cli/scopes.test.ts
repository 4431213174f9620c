import { expect, test } from 'vitest';
import { manifestYaml, withEmulator } from './world.ts';

const entry = (name: string, glob: string) => `  - name: ${name}
    manifests: ${name}
    apiKey: { env: VONAGE_API_KEY }
    apiSecret: { env: VONAGE_API_SECRET }
    scope: { names: ["${glob}"] }
`;

test('two entries for one account may have globs that overlap, but no manifest may lie in both', () =>
  withEmulator(async ({ run, write }) => {
    const entries = [entry('team', 'team-*'), entry('prod', '*-prod')].join('');
    await write('vonage-gitops.yaml', `apiVersion: vonage-gitops/v1\nkind: Config\naccounts:\n${entries}`);
    await write('team/good.yaml', manifestYaml('team-staging'));
    await write('prod/bad.yaml', manifestYaml('team-prod'));

    const { code, stdout } = await run(['validate']);

    expect(stdout).toContain("prod/bad.yaml:4:9: error: metadata.name: this name is in another account's scope.names");
    expect(stdout).toContain('1 error, 0 warnings.');
    expect(code).toBe(5);
  }));
