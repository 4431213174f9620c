import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { formatPlace } from '../../src/core/problem.ts';
import { manifestText } from '../core/manifest/builders.ts';
import { started, told } from './kept.ts';
import { aFolder, versionText, write } from './watching.ts';

const noMember = (name: string) => `${versionText(name, 'broken')}  nonsense: 1\n`;
const broken = { name: 'a0', file: 'a.yaml' };

async function withOneKept(): Promise<{ readonly base: string; readonly file: string }> {
  const base = aFolder();
  const { source, root } = started(base);
  const file = join(root, broken.file);
  write(file, versionText('a0', 'v1'));
  write(join(root, 'b.yaml'), versionText('b', 'v1'));
  await source.load();
  return { base, file };
}

describe('a manifest that breaks stays in force as it last was', () => {
  test.each([
    { title: 'an unknown field', text: noMember('a0') },
    { title: 'a syntax error', text: `${versionText('a0', 'v2')}: [` },
    { title: 'text that is no manifest', text: 'once: upon a time' },
    { title: 'no name any more', text: manifestText('labels: { version: v2 }') },
    { title: 'nothing but a comment', text: '# to do\n' },
    { title: 'bytes that are no text', text: Buffer.from([0xff, 0xfe, 0]) },
    { title: 'its name declared twice', text: `${versionText('a0', 'v2')}---\n${versionText('a0', 'v3')}` },
    { title: 'another apiVersion', text: versionText('a0', 'v2').replace('/v1', '/v9') },
  ])('$title', async ({ text }) => {
    const { base, file } = await withOneKept();
    const { source } = started(base);
    const before = await source.load();

    writeFileSync(file, text);
    const state = await source.load();
    const afterRestart = await started(base).source.load();

    expect(told(before)).toEqual({ manifests: ['a0@v1', 'b@v1'], broken: [], complete: true });
    expect(told(state)).toEqual({ manifests: ['a0@v1', 'b@v1'], broken: [], complete: false });
    expect(afterRestart).toEqual(state);
    expect(state.enforced).toEqual({ revision: before.revision.id, count: 1 });
    expect(state.revision).not.toEqual(before.revision);
    expect(state.problems.map(({ place }) => place.file)).toContain('a.yaml');
    expect(state.manifests[0]).toMatchObject({ hash: before.manifests[0]?.hash, ownFile: true });
  });

  test('fixed, it is what it says, and then that is what is kept', async () => {
    const { base, file } = await withOneKept();
    const { source } = started(base);

    writeFileSync(file, noMember('a0'));
    await source.load();
    writeFileSync(file, versionText('a0', 'v2'));
    const mended = await source.load();
    writeFileSync(file, noMember('a0'));
    const again = await source.load();

    expect(told(mended)).toEqual({ manifests: ['a0@v2', 'b@v1'], broken: [], complete: true });
    expect(mended.enforced).toBeUndefined();
    expect(told(again).manifests).toEqual(['a0@v2', 'b@v1']);
  });

  test('also when it was valid only beside something broken, and never in a complete revision', async () => {
    const { source, root } = started(aFolder());
    write(join(root, 'a.yaml'), versionText('a0', 'v1'));
    write(join(root, 'b.yaml'), noMember('b'));
    const first = await source.load();

    write(join(root, 'a.yaml'), noMember('a0'));
    const state = await source.load();

    expect(told(first)).toEqual({ manifests: ['a0@v1'], broken: ['b'], complete: false });
    expect(first.enforced).toBeUndefined();
    expect(told(state)).toEqual({ manifests: ['a0@v1'], broken: ['b'], complete: false });
    expect(state.enforced).toEqual({ count: 1 });
  });

  test('in a file of several: what an error swallows stays, what is valid is new', async () => {
    const { source, root } = started(aFolder());
    const file = join(root, 'all.yaml');
    const all = (versions: readonly string[]) => versions.map((version, index) => versionText(`a${index}`, version));
    write(file, all(['v1', 'v1', 'v1']).join('---\n'));
    await source.load();

    writeFileSync(file, all(['v2', 'v2', 'v2']).join('---\n').replace('name: a1', 'name: "a1'));
    const state = await source.load();

    expect(told(state).manifests).toEqual(['a1@v1', 'a2@v1', 'a0@v2']);
    expect(state.complete).toBe(false);
    expect(state.manifests.map(({ ownFile }) => ownFile)).toEqual([false, false, false]);
  });

  test('it is found by its id when its name was changed, and by its name when it was moved', async () => {
    const { source, root } = started(aFolder());
    const id = '78d335fa-323d-0114-9c3d-d6f0d48968cf';
    write(join(root, 'a.yaml'), manifestText(`name: a0\nid: ${id}\nlabels: { version: v1 }`));
    write(join(root, 'b.yaml'), versionText('b', 'v1'));
    await source.load();

    write(join(root, 'a.yaml'), manifestText(`name: renamed\nid: ${id}\nlabels: { version: 2 }`));
    write(join(root, 'deep/b.yaml'), noMember('b'));
    unlinkSync(join(root, 'b.yaml'));
    const state = await source.load();

    expect(told(state)).toEqual({ manifests: ['a0@v1', 'b@v1'], broken: [], complete: false });
    expect(state.manifests.map(({ place }) => formatPlace(place))).toEqual(['a.yaml:4:9', 'deep/b.yaml:4:9']);
  });

  test('with a directory of its own that cannot be entered', async () => {
    const base = aFolder();
    const { source, root } = started(base);
    write(join(root, 'team/a.yaml'), versionText('a0', 'v1'));
    await source.load();

    renameSync(join(root, 'team'), join(base, 'team'));
    writeFileSync(join(root, 'other.yaml'), versionText('b', 'v1'));
    const link = join(root, 'team');
    symlinkSync(join(base, 'team'), link); // leads out of the root
    const state = await source.load();

    expect(told(state)).toEqual({ manifests: ['b@v1', 'a0@v1'], broken: [], complete: false });
  });
});

describe('what stays broken', () => {
  test('a manifest of which no valid form was ever seen', async () => {
    const { base } = await withOneKept();
    const { source, root } = started(base);

    write(join(root, 'new.yaml'), noMember('new'));
    const state = await source.load();

    expect(told(state)).toEqual({ manifests: ['a0@v1', 'b@v1'], broken: ['new'], complete: false });
    expect(state.enforced).toBeUndefined();
  });

  test('a document without a name, when more of them stand in the file than are kept', async () => {
    const { base, file } = await withOneKept();

    writeFileSync(file, 'one: 1\n---\nother: 2\n');
    const state = await started(base).source.load();

    expect(told(state)).toEqual({ manifests: ['a0@v1', 'b@v1'], broken: ['?', '?'], complete: false });
  });

  test('one that was removed for good before it came back broken', async () => {
    const { base, file } = await withOneKept();
    const { source } = started(base);

    unlinkSync(file);
    const removed = await source.load();
    writeFileSync(file, noMember('a0'));
    const state = await source.load();

    expect(told(removed)).toEqual({ manifests: ['b@v1'], broken: [], complete: true });
    expect(told(state)).toEqual({ manifests: ['b@v1'], broken: ['a0'], complete: false });
    expect(told(await started(base).source.load())).toEqual(told(state));
  });

  test('what was kept of another directory is not used, and goes with the first complete revision', async () => {
    const { base } = await withOneKept();
    const { directory } = started(base);
    const elsewhere = aFolder();
    write(join(elsewhere, 'manifests/a.yaml'), noMember('a0'));
    mkdirSync(join(elsewhere, 'state/main'), { recursive: true });
    renameSync(directory, join(elsewhere, 'state/main/last-good'));
    const { source, root } = started(elsewhere);

    const state = await source.load();
    unlinkSync(join(root, 'a.yaml'));
    await source.load();

    expect(told(state)).toEqual({ manifests: [], broken: ['a0'], complete: false });
    expect(readdirSync(join(elsewhere, 'state/main/last-good'))).toEqual(['complete-revision']);
  });
});

describe('a manifest that goes while another one is broken', () => {
  test('is not declared any more, and comes back as it was only if it comes back broken', async () => {
    const { base, file } = await withOneKept();
    const { source, root } = started(base);

    write(join(root, 'b.yaml'), noMember('b'));
    unlinkSync(file);
    const state = await source.load();
    writeFileSync(file, noMember('a0'));
    const back = await source.load();

    expect(told(state)).toEqual({ manifests: ['b@v1'], broken: [], complete: false });
    expect(told(back).manifests).toEqual(['a0@v1', 'b@v1']);
  });

  test.each([
    { title: 'that says so', a: 'name: a0', b: 'name: new\nformerly: [a0]' },
    {
      title: 'with the same id',
      a: 'name: a0\nid: 78d335fa323d01149c3dd6f0d48968cf',
      b: 'name: new\nid: 78d335fa323d01149c3dd6f0d48968cf',
    },
  ])('does not come back after a rename $title', async ({ a, b }) => {
    const { source, root } = started(aFolder());
    write(join(root, 'a.yaml'), manifestText(a));
    await source.load();

    write(join(root, 'b.yaml'), noMember('other'));
    write(join(root, 'a.yaml'), manifestText(b));
    await source.load();
    write(join(root, 'old.yaml'), noMember('a0'));
    const { manifests, broken } = await source.load();

    expect(manifests.map(({ name }) => name)).toEqual(['new']);
    expect(broken.map(({ name }) => name)).toEqual(['other', 'a0']);
  });

  test('an earlier name that others still list does not keep a manifest of that name from staying in force', async () => {
    const { source, root } = started(aFolder());
    write(join(root, 'new.yaml'), manifestText('name: new\nformerly: [a0]\nlabels: { version: v1 }'));
    await source.load();
    write(join(root, 'a.yaml'), versionText('a0', 'v1'));
    await source.load();

    write(join(root, 'a.yaml'), noMember('a0'));
    const state = await source.load();

    expect(told(state)).toEqual({ manifests: ['a0@v1', 'new@v1'], broken: [], complete: false });
  });
});

describe('values from the environment', () => {
  const options = { allowedEnvironment: ['CUSTOMER_HOST'] };
  const text = manifestText(
    'name: a0\nlabels: { version: v1 }',
    'capabilities:\n  voice:\n    webhooks:\n      answer_url: { address: "https://${CUSTOMER_HOST}/answer", http_method: GET }',
  );
  const address = '/capabilities/voice/webhooks/answer_url/address';

  test('are not on the disk, and are filled in again as they are now', async () => {
    const base = aFolder();
    const first = started(base, { ...options, environment: { CUSTOMER_HOST: 'one.example.com' } });
    write(join(first.root, 'a.yaml'), text);
    await first.source.load();

    write(join(first.root, 'a.yaml'), noMember('a0'));
    const { source } = started(base, { ...options, environment: { CUSTOMER_HOST: 'two.example.com' } });
    const [manifest] = (await source.load()).manifests;

    const onDisk = readdirSync(first.directory).map((name) => readFileSync(join(first.directory, name), 'utf8'));
    expect(onDisk.join('')).toContain('${CUSTOMER_HOST}');
    expect(onDisk.join('')).not.toContain('one.example.com');
    expect(manifest?.concealed).toEqual(new Map([[address, 'https://${CUSTOMER_HOST}/answer']]));
    expect(JSON.stringify(manifest?.spec)).toContain('https://two.example.com/answer');
  });

  test('that are gone: it cannot stay in force and is held; both reasons are told', async () => {
    const base = aFolder();
    const first = started(base, { ...options, environment: { CUSTOMER_HOST: 'one.example.com' } });
    write(join(first.root, 'a.yaml'), text);
    await first.source.load();

    write(join(first.root, 'a.yaml'), noMember('a0'));
    const state = await started(base, options).source.load();

    expect(told(state)).toEqual({ manifests: [], broken: ['a0'], complete: false });
    expect(state.problems.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      expect.stringMatching(/^warning: its last valid form cannot be enforced instead: \$\{CUSTOMER_HOST\} is not set/),
      expect.stringMatching(/^error: .*nonsense/),
    ]);
  });
});

describe('key files', () => {
  test('the key stays in force as it was read, whatever happens to the file', async () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const { source, root } = started(aFolder());
    write(join(root, 'keys/a.pub'), pem);
    write(join(root, 'team/a.yaml'), manifestText('name: a0', 'keys:\n  public_key_file: ../keys/a.pub'));
    const before = await source.load();

    rmSync(join(root, 'keys/a.pub'));
    const state = await source.load();

    expect(before.problems).toEqual([]);
    expect(state.complete).toBe(false);
    expect(state.manifests.map(({ spec }) => spec)).toEqual([{ keys: { public_key: pem } }]);
    expect(state.manifests[0]?.hash).toBe(before.manifests[0]?.hash);
  });
});

describe('on the disk', () => {
  test('files are for their owner only and are named by hashes; git ignores them', async () => {
    const { base } = await withOneKept();
    const { directory } = started(base);

    const names = readdirSync(directory);

    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(names.filter((name) => /^[0-9a-f]{64}\.json$/.test(name))).toHaveLength(2);
    expect(names.map((name) => statSync(join(directory, name)).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
    expect(readFileSync(join(base, 'state/.gitignore'), 'utf8')).toBe('*\n');
  });

  test('nothing is written for what did not change, not even after a restart', async () => {
    const { base, file } = await withOneKept();
    const { directory } = started(base);
    const inodes = () =>
      new Map(readdirSync(directory).map((name) => [name, statSync(join(directory, name), { bigint: true }).ino]));
    const before = inodes();

    await started(base).source.load();
    const same = inodes();
    writeFileSync(file, versionText('a0', 'v2'));
    await started(base).source.load();
    const changed = [...inodes()].filter(([name, inode]) => before.get(name) !== inode);

    expect(same).toEqual(before);
    expect(changed).toHaveLength(2); // the form and the note of the revision
  });

  test('leftovers and files that cannot be understood do no harm', async () => {
    const { base, file } = await withOneKept();
    const { directory } = started(base);
    const forms = readdirSync(directory).filter((name) => name.endsWith('.json'));
    for (const name of forms) writeFileSync(join(directory, name), '{"format":');
    writeFileSync(join(directory, '.half.json.tmp'), 'half');
    writeFileSync(file, noMember('a0'));

    const { source, logged } = started(base);
    const state = await source.load();

    expect(told(state)).toEqual({ manifests: ['b@v1'], broken: ['a0'], complete: false });
    expect(logged).toEqual(forms.map(() => 'a last good manifest is unreadable and was not used'));
    expect(readdirSync(directory)).not.toContain('.half.json.tmp');
  });

  test('loads at the same time keep the newest', async () => {
    const { base, file } = await withOneKept();
    const { source } = started(base);

    const loads = [source.load()];
    writeFileSync(file, versionText('a0', 'v2'));
    loads.push(source.load(), source.load());
    await Promise.all(loads);
    writeFileSync(file, noMember('a0'));

    expect(told(await started(base).source.load()).manifests).toEqual(['a0@v2', 'b@v1']);
  });

  test('a directory that cannot be made: it works on until the process ends', async () => {
    const { source, root, directory, logged } = started(aFolder());
    write(join(root, 'a.yaml'), noMember('a0'));
    await source.load();
    mkdirSync(join(directory, '..'), { recursive: true });
    writeFileSync(directory, 'a file stands there');
    write(join(root, 'a.yaml'), versionText('a0', 'v1'));
    await source.load();

    write(join(root, 'a.yaml'), noMember('a0'));
    const state = await source.load();

    expect(told(state)).toEqual({ manifests: ['a0@v1'], broken: [], complete: false });
    expect(logged).toContain(
      'a valid manifest could not be stored: if it becomes invalid after a restart, its application is left unchanged',
    );
  });

  test('a form that could not be replaced is no form: nothing older comes back', async () => {
    const { base, file } = await withOneKept();
    const child = fileURLToPath(new URL('last-good-child.ts', import.meta.url));
    writeFileSync(file, versionText('a0', 'v2').replace(/^/, `# ${'long '.repeat(2000)}\n`));

    const script = `ulimit -f 4 && exec "${process.execPath}" "${child}" "${base}"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', script]);
    writeFileSync(file, noMember('a0'));
    const state = await started(base).source.load();

    expect(JSON.parse(stdout)).toEqual({ manifests: ['a0@v2', 'b@v1'], broken: [], complete: true });
    expect(told(state)).toEqual({ manifests: ['b@v1'], broken: ['a0'], complete: false });
  });
});
