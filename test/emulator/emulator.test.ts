import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/emulator.ts';
import { eventually } from '../eventually.ts';
import { aBody, authorization, call, emulator } from './client.ts';

test('a free port is taken and named in the url', async () => {
  const account = await emulator();

  expect(account.port).toBeGreaterThan(0);
  expect(account.url).toBe(`http://127.0.0.1:${account.port}`);
});

test.each([
  ['0.0.0.0', '127.0.0.1'],
  ['localhost', 'localhost'],
])('listening on %s it can be called at %s', async (host, called) => {
  const account = await emulator({ host });

  expect(account.url).toBe(`http://${called}:${account.port}`);
  expect((await call(account, 'GET')).status).toBe(200);
});

test('a port in use is an error', async () => {
  const { port } = await emulator();

  await expect(startEmulator({ port })).rejects.toThrow('EADDRINUSE');
});

test('two emulators are two accounts', async () => {
  const one = await emulator();
  const other = await emulator();

  await call(one, 'POST', '', { body: aBody() });

  expect(other.admin.applications()).toEqual([]);
});

test('a client that leaves in the middle of its body does no harm', async () => {
  const account = await emulator();
  const head = [
    'POST /v2/applications HTTP/1.1',
    'host: localhost',
    'content-type: application/json',
    'content-length: 1000',
    `authorization: ${authorization(account)}`,
  ];

  const socket = connect(account.port, '127.0.0.1', () => socket.write(`${head.join('\r\n')}\r\n\r\n{"name":`));
  await eventually(() => expect(account.admin.counts().POST).toBe(1));
  socket.destroy();

  expect((await call(account, 'GET')).body['total_items']).toBe(0);
});

test('an unknown switch or a malformed rule keeps it from starting', async () => {
  await expect(startEmulator({ faults: [{ action: { kind: 'latency', ms: -1 } }] })).rejects.toThrow('>=0');
  await expect(startEmulator({ switches: { legPersistenceTime: 99 } })).rejects.toThrow('<=31');
});
