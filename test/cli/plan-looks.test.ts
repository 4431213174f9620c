import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { widthOf } from '../../src/core/render/columns.ts';
import { git } from '../git-checkout.ts';
import { answering, writeAccount } from '../reliability/account.ts';
import { type Bench, manifestYaml, withEmulator } from './world.ts';

const names = ['one', 'two', 'three', 'four'];
const longHost = 'https://a-host-with-a-long-name.example.com/webhooks/production';

/** An account with one application to create, one to update and one to delete. */
async function changed(bench: Bench): Promise<void> {
  await writeAccount(bench, names, 'policy: sync', 'deletes: { maxPercent: 100 }');
  await bench.run(['apply', '--yes']);
  await rm(join(bench.cwd, 'apps/one.yaml'));
  await bench.write('apps/two.yaml', manifestYaml('two', answering(`${longHost}/event?environment=production`)));
  await bench.write('apps/five.yaml', manifestYaml('five', answering(`${longHost}/event`)));
}

test('the question names account and host, counts what happens, and has deletes apart', () =>
  withEmulator(async (bench) => {
    await changed(bench);

    const declined = await bench.run(['apply'], { terminal: ['no'] });
    await bench.run(['apply', '--yes']);
    await rm(join(bench.cwd, 'apps/two.yaml'));
    const deletesOnly = await bench.run(['apply'], { terminal: ['yes'] });

    expect(declined.stderr).toContain(
      `Account main at ${bench.emulator.url}:\n1 to create, 1 to update.\n1 application will be DELETED. This cannot be undone.\nApply?\n`,
    );
    expect(declined.code).toBe(1);
    expect(deletesOnly.stderr).toContain(
      `Account main at ${bench.emulator.url}:\nnothing but deletes.\n1 application will be DELETED. This cannot be undone.\nApply?\n`,
    );
    expect(deletesOnly).toMatchObject({ code: 0, stdout: expect.stringContaining('1 deleted') });
  }));

test('on a terminal, and where COLUMNS says so, no line of a plan is wider; elsewhere none is broken', () =>
  withEmulator(async (bench) => {
    await changed(bench);
    const widest = (text: string) => Math.max(...text.split('\n').map(widthOf));

    const terminal = await bench.run(['plan', '--color', 'never'], { terminal: [] });
    const narrow = await bench.run(['plan'], { environment: { COLUMNS: '70' } });
    const odd = await bench.run(['plan'], { environment: { COLUMNS: '-1' } });
    const file = await bench.run(['plan']);
    const explained = await bench.run(['explain', 'two'], { environment: { COLUMNS: '70' } });

    expect(widest(terminal.stdout)).toBeLessThanOrEqual(100);
    expect(widest(narrow.stdout)).toBeLessThanOrEqual(70);
    expect(narrow.stdout).toContain(
      `          -> "https://a-host-with-a-long-name.example.com/webhooks/\n            production/`,
    );
    expect(narrow.stdout).toMatch(/^Plan hash:\n {2}[0-9a-f]{64}$/m); // in one piece, to be copied
    expect(file.stdout).toMatch(
      /event_url\.address +"https:\/\/two\.example\.com\/" +-> "https:\/\/a-host\S+production"\n/,
    );
    expect(odd.stdout).toBe(file.stdout);
    expect(explained.stdout).toContain(`      -> "https://a-host-with-a-long-name.example.com/webhooks/\n`);
  }));

test('a summary is short, as text and as markdown', () =>
  withEmulator(async (bench) => {
    await changed(bench);

    const text = await bench.run(['plan', '--summary']);
    const markdown = await bench.run(['plan', '--summary', '--format', 'markdown']);

    const summary = 'Plan: 1 to create, 0 to adopt, 1 to update, 1 to delete; 2 unchanged.';
    expect(text.stdout).toMatch(/^Plan at revision \S+\n\nPlan: /);
    expect(text.stdout).toContain(summary);
    expect(markdown.stdout).toContain(`**${summary}**`);
    expect(markdown.stdout).not.toContain('<pre>');
  }));

test('markdown begins with the marker of its account, and is as long as asked for', () =>
  withEmulator(async (bench) => {
    await writeAccount(
      bench,
      Array.from({ length: 60 }, (_, index) => `app-${index}`),
    );

    const { stdout } = await bench.run(['plan', 'apps', '--format', 'markdown', '--max-bytes', '3000']);
    const small = await bench.run(['plan', 'apps', '--format', 'markdown', '--max-bytes', '1999']);
    const text = await bench.run(['plan', 'apps', '--max-bytes', '3000']);

    expect(stdout.split('\n')[0]).toBe('<!-- vonage-gitops:main -->');
    expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(3000);
    expect(stdout).toMatch(/omitted here because of the length: \d+ to create\./);
    expect(small).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('--max-bytes 1999: expected 2000 or more'),
    });
    expect(text).toMatchObject({ code: 5, stderr: expect.stringContaining('--max-bytes goes with --format markdown') });
  }));

test('markdown says what is wrong with manifests in its headline', () =>
  withEmulator(async (bench) => {
    await writeAccount(bench, ['one']);
    await bench.write('apps/broken.yaml', manifestYaml('broken', '{ capabilities: { vioce: {} } }'));

    const { code, stdout } = await bench.run(['plan', '--format', 'markdown']);

    expect(code).toBe(5);
    expect(stdout.slice(0, stdout.indexOf('**Plan'))).toMatch(
      /\*\*1 error in the manifests: <code>broken\.yaml:5: spec\.capabilities\.vioce: .*did you mean .*voice.*<\/code>\*\*/,
    );
  }));

test('a plan of manifests in a work tree names its commit beside the hash of their contents', () =>
  withEmulator(async (bench) => {
    await bench.write('apps/one.yaml', manifestYaml('one'));
    await git(bench.cwd, 'init', '-q');
    await git(bench.cwd, 'add', 'apps');
    await git(bench.cwd, 'commit', '-q', '-m', 'one');

    const text = await bench.run(['plan', 'apps']);
    const document = JSON.parse((await bench.run(['plan', 'apps', '--format', 'json'])).stdout);
    const markdown = await bench.run(['plan', 'apps', '--format', 'markdown']);

    const { commit: checkedOut, revision } = document;
    const { id: commit } = checkedOut;
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    expect(text.stdout).toContain(`Plan at commit ${commit.slice(0, 12)}, content ${revision}\n`);
    expect(markdown.stdout).toContain(`Commit <code>${commit.slice(0, 12)}</code>, content <code>${revision}</code>`);
  }));
