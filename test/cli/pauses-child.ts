import { once } from 'node:events';
import { pauseFile } from '../../src/app/pause-file.ts';
import { systemClock } from '../../src/app/system-clock.ts';
import { acquireLock } from '../../src/lock/lock.ts';
import { withPause } from '../../src/pass/pauses.ts';

/**
 * A process that changes pauses. `pause`: pauses ten applications, one after another, named by its prefix. `hold`: has the lock of the
 * pauses until it is killed, and says so on its standard output.
 */
const [directory = '', task = '', prefix = ''] = process.argv.slice(2);
if (task === 'hold') {
  await acquireLock({ directory, kind: 'pauses', waitMs: 0, clock: systemClock });
  process.stdout.write('locked\n');
  await once(process.stdin.resume(), 'end');
}
const store = pauseFile(directory, systemClock);
for (let round = 0; round < 10; round += 1) {
  await store.change((pauses) => withPause(pauses, `${prefix}${round}`, { reason: '', since: 1 }));
}
