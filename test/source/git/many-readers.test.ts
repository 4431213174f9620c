import { expect, test } from 'vitest';
import { git, never } from './a-repository.ts';
import { aSource } from './a-source.ts';

test('a hundred accounts that ask at once for the accepted commit and its folder start git a few times', async () => {
  const { commit, push, source } = await aSource();
  const first = await commit('apps/a.yaml');
  push();
  await source().refresh(never);
  let started = 0;
  const repository = source({
    git: (...given) => {
      started += 1;
      return git(...given);
    },
  });

  const accounts = Array.from({ length: 100 });
  const asked = await Promise.all(accounts.map(() => repository.accepted(never)));
  const folders = await Promise.all(accounts.map(() => repository.snapshot(first, 'apps', never)));
  const again = await Promise.all(accounts.map(() => repository.snapshot(first, 'apps', never)));

  expect(new Set(asked.map((found) => found?.id))).toEqual(new Set([first]));
  expect(new Set([...folders, ...again]).size).toBe(1);
  expect(started).toBeLessThan(20);
});

test('a commit that was just accepted is what the next reader gets, whatever was being read', async () => {
  const { commit, push, source } = await aSource();
  await commit('apps/a.yaml');
  push();
  const repository = source();
  await repository.refresh(never);
  const second = await commit('apps/b.yaml');
  push();

  let isOver = false;
  const reading = (async () => {
    while (!isOver) await repository.accepted(never);
  })();
  await repository.refresh(never);
  const found = await repository.accepted(never);
  isOver = true;
  await reading;

  expect(found?.id).toBe(second);
});
