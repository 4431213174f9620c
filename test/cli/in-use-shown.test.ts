import { expect, test } from 'vitest';
import { parseFault } from '../../src/emulator/flags.ts';
import { aConfig, applicationNamed } from '../reliability/account.ts';
import { type Bench, hurriedClock, manifestYaml, withEmulator } from './world.ts';

interface Answer {
  readonly title: string;
  readonly fault?: string;
  readonly numbers?: number;
  readonly explained: string;
  readonly doctor: string;
}

const unknown = { explained: 'not checked: ', doctor: 'warn  main: numbers' };
const known = {
  explained: '1 linked number (********222); read 20',
  doctor: '"Support" has 1 linked number (********222)',
};

const answers: readonly Answer[] = [
  { title: '401', fault: 'GET@account/numbers:status=401', ...unknown },
  { title: '500', fault: 'GET@account/numbers:status=500', ...unknown },
  { title: 'an HTML page', fault: 'GET@account/numbers:html=200', ...unknown },
  { title: 'a short page', fault: 'GET@account/numbers:short-page', ...unknown },
  {
    title: '{}',
    fault: 'GET@account/numbers:empty-account',
    explained: '0 linked numbers; read 20',
    doctor: '0 phone numbers, 0 linked to applications',
  },
  { title: 'one page', ...known },
  { title: '20 pages', numbers: 2000, ...known },
];

/** Support, which takes neither calls nor messages, and numbers of which the last is linked to it. */
async function supportLinked(bench: Bench, numbers: number): Promise<void> {
  await bench.write('vonage-gitops.yaml', aConfig());
  await bench.write('apps/Support.yaml', manifestYaml('Support', '{ capabilities: { rtc: {} } }'));
  expect((await bench.run(['apply', '--yes'])).code).toBe(0);
  const linked = { country: 'ES', msisdn: '34600111222', app_id: applicationNamed(bench, 'Support').id };
  const spares = Array.from({ length: numbers - 1 }, (_, index) => String(447_700_900_000 + index));
  bench.emulator.admin.putNumbers([...spares.map((msisdn) => ({ country: 'GB', msisdn })), linked]);
}

test.each(answers)(
  'explain and doctor when the Numbers API answers $title',
  ({ fault, numbers = 1, explained, doctor }) =>
    withEmulator(async (bench) => {
      await supportLinked(bench, numbers);
      bench.emulator.admin.faults(fault === undefined ? [] : [parseFault(fault)]);

      const one = await bench.run(['explain', 'Support', '--daemon', 'none'], { clock: hurriedClock() });
      const all = await bench.run(['doctor'], { clock: hurriedClock() });

      expect(one.stdout).toContain(`Phone numbers: ${explained}`);
      expect(all.stdout).toContain(doctor);
      expect(one.stdout + all.stdout).not.toContain('34600111222');
      expect(all.code).toBe(0);
    }),
);
