import { expect, test } from 'vitest';
import { WriteQueue } from '../../src/ledger/write-queue.ts';
import { eventually } from '../eventually.ts';

test('what is recorded during a slow write is written soon after it, although nobody waits for it', async () => {
  const written: string[][] = [];
  let finishFirst: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    finishFirst = resolve;
  });
  const queue = new WriteQueue(async (records) => {
    written.push(records.map((record) => (record.kind === 'source' ? record.root : record.kind)));
    if (written.length === 1) await first;
  });

  const saving = queue.save([{ kind: 'source', source: 'first', root: 'first' }]);
  await eventually(() => expect(written).toHaveLength(1));
  queue.saveSoon([{ kind: 'source', source: 'second', root: 'second' }]);
  await new Promise((resolve) => setTimeout(resolve, 150)); // longer than a record may stay off the disk
  finishFirst();
  await saving;

  await eventually(() => expect(written).toEqual([['first'], ['second']]));
  queue.saveSoon([{ kind: 'source', source: 'third', root: 'third' }]);
  await eventually(() => expect(written).toEqual([['first'], ['second'], ['third']]));
});
