import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { openLog } from '../../src/app/log.ts';
import { asReconcilerError, ReconcilerError } from '../../src/core/errors.ts';
import { scrubber } from '../../src/core/redact/scrubber.ts';

async function logged(err: unknown): Promise<unknown> {
  const lines: string[] = [];
  const output = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  const log = openLog({ level: 'info', output, scrub: scrubber(['hunter22']), pretty: false, color: false });
  log.error({ err }, 'it failed');
  return JSON.parse(lines.join('')).err;
}

test('an expected error is told with the expected error that caused it', async () => {
  const cause = new ReconcilerError('E_API_UNREACHABLE', { url: 'https://api.nexmo.com', reason: 'ECONNRESET' });

  const shown = await logged(new ReconcilerError('E_CREATE_UNDECIDED', { application: 'Support' }, { cause }));

  expect(shown).toMatchObject({
    code: 'E_CREATE_UNDECIDED',
    cause: { code: 'E_API_UNREACHABLE', message: expect.stringContaining('ECONNRESET') },
  });
  expect(shown).not.toHaveProperty('stack');
});

test('what else caused it is not told: errors of HTTP libraries hold whole requests', async () => {
  const cause = new Error('POST with authorization: Basic hunter22');

  expect(
    await logged(new ReconcilerError('E_CREATE_UNDECIDED', { application: 'Support' }, { cause })),
  ).not.toHaveProperty('cause');
});

test('an unexpected error with a code is told with what it was', async () => {
  const shown = await logged(asReconcilerError(new TypeError('hunter22 is not a function')));

  expect(shown).toMatchObject({
    code: 'E_UNEXPECTED',
    cause: { message: '(sensitive) is not a function', stack: expect.stringContaining('log.test.ts') },
  });
});

test.each([
  { thrown: 'hunter22 it is', message: '(sensitive) it is' },
  { thrown: Object.create(null), message: 'a value without text' },
])('what was thrown and is no error is told: $message', async ({ thrown, message }) => {
  expect(await logged(asReconcilerError(thrown))).toMatchObject({ cause: { message } });
});

test('an unexpected error is told with its stack, without secrets', async () => {
  const shown = await logged(new TypeError('hunter22 is not a function'));

  expect(shown).toMatchObject({
    message: '(sensitive) is not a function',
    stack: expect.stringContaining('log.test.ts'),
  });
});

test.each([{ pretty: false }, { pretty: true }])(
  'what reorders or hides text is escaped: pretty $pretty',
  async ({ pretty }) => {
    const lines: string[] = [];
    const output = new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(String(chunk));
        done();
      },
    });
    const log = openLog({ level: 'info', output, scrub: scrubber([]), pretty, color: false });

    log.info({ application: 'a\u202egpj\u200b' }, 'change applied');

    expect(lines.join('')).not.toMatch(/[\u202e\u200b]/);
    expect(lines.join('')).toContain('a\\u202egpj\\u200b');
  },
);
