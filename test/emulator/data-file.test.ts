import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startEmulator } from '../../src/emulator/emulator.ts';
import { aBody, at, call, callAdmin, callNumbers, emulator, idOf, withAnswerUrl } from './client.ts';
import { aNumber, someNumbers } from './numbers/numbers.ts';

async function temporaryFile(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'emulator-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'account.json');
}

test('applications outlive the emulator, in their order and spelling', async () => {
  const dataFile = await temporaryFile();
  const first = await startEmulator({ dataFile });
  first.admin.seed(2);
  await call(first, 'POST', '', { body: withAnswerUrl({ address: 'https://example.com', connection_timeout: 400 }) });
  first.admin.put('11111111111111111111111111111111', { name: 'odd', keys: {}, motto: 'x' });
  const before = first.admin.applications();
  await first.close();

  const second = await emulator({ dataFile });

  expect(second.admin.applications()).toEqual(before);
  expect(JSON.stringify(before[2])).toContain('connection_timeout');
});

test('a change is in the file when it is answered, readable by the owner only', async () => {
  const dataFile = await temporaryFile();
  const account = await emulator({ dataFile });

  const created = await call(account, 'POST', '', { body: { name: 'Support' } });
  const content = await readFile(dataFile, 'utf8');

  expect(content).toContain(idOf(created.body));
  expect((await stat(dataFile)).mode & 0o777).toBe(0o600);

  await call(account, 'DELETE', `/${idOf(created.body)}`);

  expect(await readFile(dataFile, 'utf8')).not.toContain(idOf(created.body));
});

test('no private key is ever in the file', async () => {
  const dataFile = await temporaryFile();
  const account = await emulator({ dataFile });

  const created = await call(account, 'POST', '', { body: { name: 'Support' } });
  const [, line = ''] = String(at(created.body, 'keys', 'private_key')).split('\n');

  const content = await readFile(dataFile, 'utf8');
  expect(line).toHaveLength(64);
  expect(content).not.toContain(line);
  expect(content).not.toContain('PRIVATE');
});

test('changes made at once are all in the file', async () => {
  const dataFile = await temporaryFile();
  const account = await emulator({ dataFile });

  const bodies = Array.from({ length: 30 }, (_, index) => aBody({ name: `n${index}` }));
  await Promise.all(bodies.map((body) => call(account, 'POST', '', { body })));

  const content = JSON.parse(await readFile(dataFile, 'utf8'));
  expect(content.applications).toHaveLength(30);
});

test('what the admin does is kept, too', async () => {
  const dataFile = await temporaryFile();
  const account = await emulator({ dataFile });

  await callAdmin(account, 'POST', '/seed', { count: 5 });

  expect(JSON.parse(await readFile(dataFile, 'utf8')).applications).toHaveLength(5);
});

test('numbers outlive the emulator, with their links', async () => {
  const dataFile = await temporaryFile();
  const first = await startEmulator({ dataFile, numbers: someNumbers(2) });
  const { country, msisdn } = aNumber(2);
  await callNumbers(first, 'POST', '/number/update', { form: { country, msisdn, app_id: 'x' } });
  await first.close();

  const second = await emulator({ dataFile });

  expect(second.admin.numbers()).toEqual(first.admin.numbers());
  expect(second.admin.numbers()).toMatchObject([{}, { app_id: 'x' }]);
});

test('a number given at the start stays as it is in the file', async () => {
  const dataFile = await temporaryFile();
  const first = await startEmulator({ dataFile, numbers: [aNumber(1, { app_id: 'x' })] });
  await first.close();

  const second = await emulator({ dataFile, numbers: someNumbers(2) });

  expect(second.admin.numbers()).toEqual([aNumber(1, { app_id: 'x' }), aNumber(2)]);
});

test.each([
  { version: 1, numbers: [] },
  { version: 2, numbers: [{ country: 'GB', msisdn: '447700900001', app_id: 'c8a9c1f4-6f5f-4d0e-9f57-0d4a4d0c9a11' }] },
])('a data file of version $version is read', async ({ version, numbers }) => {
  const dataFile = await temporaryFile();
  await copyFile(new URL(`../fixtures/formats/emulator-data.v${version}.json`, import.meta.url), dataFile);

  const account = await emulator({ dataFile });

  expect(account.admin.applications()).toMatchObject([{ id: 'c8a9c1f4-6f5f-4d0e-9f57-0d4a4d0c9a11', name: 'Support' }]);
  expect(account.admin.numbers()).toMatchObject(numbers);
  expect(account.admin.numbers()).toHaveLength(numbers.length);
});

test('an update of a number that cannot be written is answered 500, and the next one may succeed', async () => {
  const dataFile = await temporaryFile();
  const account = await emulator({ dataFile, numbers: someNumbers(1) });
  const { country, msisdn } = aNumber(1);
  const update = () => callNumbers(account, 'POST', '/number/update', { form: { country, msisdn, app_id: 'x' } });
  await expect.poll(() => readFile(dataFile, 'utf8').catch(() => '')).toContain(msisdn);
  const directory = join(dataFile, '..');
  await rm(directory, { recursive: true });

  const failed = await update();
  await mkdir(directory);
  const succeeded = await update();

  expect([failed.status, failed.body['error-code']]).toEqual([500, '500']);
  expect(succeeded.status).toBe(200);
});

test.each(['', 'not json', '{"version":3,"applications":[],"numbers":[]}', '{"version":1,"applications":[{"id":1}]}'])(
  'a file that holds "%s" is not touched: the emulator does not start',
  async (content) => {
    const dataFile = await temporaryFile();
    await writeFile(dataFile, content);

    await expect(startEmulator({ dataFile })).rejects.toThrow(`${dataFile} is not an emulator data file`);

    expect(await readFile(dataFile, 'utf8')).toBe(content);
  },
);

test('a directory in place of the file is an error', async () => {
  const dataFile = join(await temporaryFile(), '..');

  await expect(startEmulator({ dataFile })).rejects.toThrow('EISDIR');
});

test('a change that cannot be written is answered 500, and the next one may succeed', async () => {
  const dataFile = await temporaryFile();
  const account = await emulator({ dataFile });
  const directory = join(dataFile, '..');
  await rm(directory, { recursive: true });

  const failed = await call(account, 'POST', '', { body: aBody() });
  await mkdir(directory);
  const succeeded = await call(account, 'POST', '', { body: aBody() });

  expect([failed.status, failed.body['title']]).toEqual([500, 'Internal Error']);
  expect(succeeded.status).toBe(201);
});
