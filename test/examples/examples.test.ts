import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { defaultManifestOptions } from '../../src/core/manifest/options.ts';
import { parseManifests } from '../../src/core/manifest/parse.ts';
import { DirectorySource, defaultMaxFileBytes } from '../../src/source/directory.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: { readonly template?: { readonly spec: PodSpec } };
}
interface PodSpec {
  readonly securityContext: object;
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string }[];
}
interface Container {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: readonly object[];
  readonly securityContext: object;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

function resources(path: string): readonly Resource[] {
  return parseAllDocuments(read(path)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
}

function podOf(path: string): PodSpec {
  const deployment = resources(path).find(({ kind }) => kind === 'Deployment');
  if (deployment?.spec?.template === undefined) throw new Error(`no Deployment in ${path}`);
  return deployment.spec.template.spec;
}

function checkConfig(text: string) {
  const environment = { VONAGE_API_KEY: 'k', VONAGE_API_SECRET: 's', VONAGE_ALLOWED_API_HOSTS: 'emulator' };
  const readFile = (path: string) => `secret of ${path}`;
  return loadConfig({ file: { path: '/config/vonage-gitops.yaml', text }, environment, cwd: '/', readFile });
}

test('every manifest of the quick start is valid without any environment', async () => {
  const source = new DirectorySource({
    root: join(root, 'examples/quickstart'),
    exclude: [],
    maxFileBytes: defaultMaxFileBytes,
    manifests: defaultManifestOptions,
  });

  const { manifests, problems, complete } = await source.load();

  expect(problems).toEqual([]);
  expect(complete).toBe(true);
  expect(manifests).toHaveLength(6);
});

test('the compose file starts the daemon on the emulator, with nothing writable but its state', () => {
  const { services, volumes } = parse(read('examples/compose/compose.yaml'));

  const config = checkConfig(read('examples/compose/vonage-gitops.yaml'));

  expect(config.accounts[0]?.apiUrl).toBe('http://emulator:4010');
  // Not on the command line: what is started beside the daemon must find the same.
  expect(services.daemon.command).toEqual(['run']);
  expect(services.daemon.environment.VONAGE_GITOPS_CONFIG).toBe('/config/vonage-gitops.yaml');
  expect(config.state).toBe('/var/lib/vonage-gitops');
  expect(services.daemon.volumes.filter((volume: string) => !volume.endsWith(':ro'))).toEqual([
    'state:/var/lib/vonage-gitops',
  ]);
  expect(services.daemon.read_only && services.emulator.read_only).toBe(true);
  expect(Object.keys(volumes)).toEqual(['state']);
});

test.each(['examples/kubernetes/configmap.yaml', 'examples/kubernetes/git-sync.yaml'])(
  '%s runs without any privilege, and mounts only what it has',
  (path) => {
    const pod = podOf(path);

    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
    for (const { securityContext, volumeMounts } of pod.containers) {
      expect(securityContext).toMatchObject({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true });
      const mounted = volumeMounts.map(({ name }) => name);
      expect(pod.volumes.map(({ name }) => name)).toEqual(expect.arrayContaining(mounted));
    }
    expect(pod.containers[0]?.args).toEqual(['run']);
    expect(pod.containers[0]?.env).toEqual([{ name: 'VONAGE_GITOPS_CONFIG', value: '/config/vonage-gitops.yaml' }]);
  },
);

test('configuration and manifests inside the ConfigMaps are valid', () => {
  const maps = resources('examples/kubernetes/configmap.yaml').filter(({ kind }) => kind === 'ConfigMap');
  const [configuration, applications] = maps;
  const files = Object.entries(applications?.data ?? {}).map(([path, text]) => ({ path, text }));

  const config = checkConfig(configuration?.data?.['vonage-gitops.yaml'] ?? '');
  const { problems, manifests } = parseManifests(files, defaultManifestOptions);

  expect(config.accounts[0]?.manifests).toBe('/manifests');
  expect(config.state).toBe('/var/lib/vonage-gitops');
  expect(problems).toEqual([]);
  expect(manifests.map(({ name }) => name)).toEqual(['Support line']);
});

test('the systemd unit starts the daemon, however it ended, reloads it by SIGHUP and keeps its state', () => {
  const unit = new Map(
    read('examples/systemd/vonage-gitops.service')
      .split('\n')
      .filter((line) => /^\w+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  );

  expect(unit.get('ExecStart')).toContain('vonage-gitops run --config');
  expect(unit.get('ExecStart')).toContain(`--state /var/lib/${unit.get('StateDirectory')}`);
  expect(unit.get('ExecReload')).toContain('-HUP');
  expect(unit.get('DynamicUser')).toBe('yes');
  expect(unit.get('Restart')).toBe('always');
});
