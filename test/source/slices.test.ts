import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultManifestOptions } from '../../src/core/manifest/options.ts';
import { DirectorySource } from '../../src/source/directory.ts';
import { Slices } from '../../src/source/slices.ts';
import { manifestText } from '../core/manifest/builders.ts';
import { aFolder } from './watching.ts';

/** A clock on which each look takes a millisecond, and how far it was whenever the event loop had a turn. */
function turns() {
  let now = 0;
  const at: number[] = [];
  let turn: NodeJS.Immediate;
  const next = () => {
    at.push(now);
    turn = setImmediate(next);
  };
  turn = setImmediate(next);
  return {
    now: () => {
      now += 1;
      return now;
    },
    /** The longest time between two turns, in milliseconds of that clock. */
    longest(): number {
      clearImmediate(turn);
      const all = [0, ...at, now];
      return Math.max(...all.slice(1).map((time, index) => time - (all[index] ?? 0)));
    },
    elapsed: () => now,
  };
}

function source(now: () => number, files: Readonly<Record<string, string>>): DirectorySource {
  const root = join(aFolder(), 'manifests');
  mkdirSync(root);
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  return new DirectorySource({ root, exclude: [], maxFileBytes: 1024 * 1024, manifests: defaultManifestOptions, now });
}

const hostile = manifestText('name: x', Array.from({ length: 20_000 }, (_, index) => `f${index}: 1`).join('\n'));
const files = {
  'large.yaml': hostile,
  'many.yaml': Array.from({ length: 500 }, (_, index) => manifestText(`name: n${index}`)).join('---\n'),
  ...Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`a${index}.yaml`, manifestText(`name: a${index}`)])),
};

describe('loading leaves the event loop its turns', () => {
  test('at least every 50 ms, whatever the manifests hold', async () => {
    const clock = turns();

    await source(clock.now, files).load();

    expect(clock.longest()).toBeLessThan(50);
    expect(clock.elapsed()).toBeGreaterThan(1000);
  });

  test('as often when only the revision is wanted', async () => {
    const clock = turns();

    expect(await source(clock.now, files).revisionNow()).toMatch(/^[0-9a-f]{12}$/);

    expect(clock.longest()).toBeLessThan(50);
  });

  test('and ends in the middle when it is asked to', async () => {
    const clock = turns();
    const stop = new AbortController();

    const loading = source(clock.now, files).load({ signal: stop.signal });
    setImmediate(() => stop.abort());

    await expect(loading).rejects.toMatchObject({ code: 'E_ABORTED' });
    clock.longest();
    expect(clock.elapsed()).toBeLessThan(100);
  });

  test('a look at the revision ends as well', async () => {
    const clock = turns();
    const stop = new AbortController();

    const looking = source(clock.now, files).revisionNow(stop.signal);
    setImmediate(() => stop.abort());

    await expect(looking).rejects.toMatchObject({ code: 'E_ABORTED' });
    clock.longest();
  });

  test('what the work throws comes out', async () => {
    const work = function* (): Generator<void, void, void> {
      yield;
      throw new Error('no');
    };

    await expect(new Slices().finish(work())).rejects.toThrow('no');
  });
});
