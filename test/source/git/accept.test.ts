import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AcceptRules } from '../../../src/source/git/accept.ts';
import { never } from './a-repository.ts';
import { aSource, type SourceOptions } from './a-source.ts';
import { type People, somePeople } from './signers.ts';

let people: People;

beforeAll(async () => {
  people = await somePeople();
  return () => people.remove();
});

/** A source whose commits Ann must sign, and does. */
async function aSignedSource(rules: Partial<AcceptRules> = {}) {
  const made = await aSource();
  const signers = join(made.directory, 'signers');
  await writeFile(signers, await people.line('ann'));
  people.signWith(made.run, 'ssh', 'ann');
  const verifier = people.verifier({ allowedSigners: signers });
  return {
    ...made,
    /** Who may sign from now on. */
    allow: async (...names: readonly string[]) =>
      writeFile(signers, (await Promise.all(names.map((name) => people.line(name)))).join('')),
    signAs: (name: string) => people.signWith(made.run, 'ssh', name),
    source: (options: SourceOptions = {}) =>
      made.source({ ...options, rules: { verifier, ...rules, ...options.rules } }),
  };
}

describe('signed tips', () => {
  test('are accepted with their signer, who is known after a restart', async () => {
    const { commit, push, source } = await aSignedSource();
    const id = await commit('a.yaml');
    push();

    const accepted = { id, author: 'Ann', signer: 'ann@example.com' };
    expect(await source().refresh(never)).toMatchObject({ result: 'accepted', commit: accepted });
    expect(await source().accepted()).toMatchObject(accepted);
    expect(await source().refresh(never)).toMatchObject({ result: 'accepted', isNews: false, commit: accepted });
  });

  test('an unsigned one and a stranger’s are refused, what was accepted stays, and a later one is judged by itself', async () => {
    const { commit, push, run, signAs, source } = await aSignedSource();
    const first = await commit('a.yaml');
    push();
    const repository = source();
    await repository.refresh(never);

    run('config', 'commit.gpgsign', 'false');
    const unsigned = await commit('b.yaml');
    push();
    expect(await repository.refresh(never)).toMatchObject({
      result: 'refused',
      why: 'unsigned',
      commit: { id: unsigned },
    });
    signAs('bob');
    await commit('c.yaml');
    push();
    const refused = { result: 'refused', why: 'unknown-signer', key: expect.stringMatching(/^SHA256:/) };
    expect(await repository.refresh(never)).toMatchObject({ ...refused, history: 'descendant' });
    expect(await source().refresh(never)).toMatchObject(refused);
    expect(await repository.accepted()).toMatchObject({ id: first });

    signAs('ann');
    const last = await commit('d.yaml');
    push();
    expect(await repository.refresh(never)).toMatchObject({ result: 'accepted', commit: { id: last }, isNews: true });
  });

  test('the first one is refused as any other: nothing is accepted then', async () => {
    const { commit, push, signAs, source } = await aSignedSource();
    signAs('bob');
    await commit('a.yaml');
    push();
    const repository = source();

    expect(await repository.refresh(never)).toMatchObject({
      result: 'refused',
      why: 'unknown-signer',
      history: 'unknown',
    });
    expect(await repository.accepted()).toBeUndefined();
  });

  test('a refused one is accepted once its signer is allowed, though it is the same commit', async () => {
    const { allow, commit, push, signAs, source } = await aSignedSource();
    signAs('bob');
    const id = await commit('a.yaml');
    push();
    const repository = source();
    await repository.refresh(never);
    await allow('ann', 'bob');

    expect(await repository.refresh(never)).toMatchObject({
      result: 'accepted',
      commit: { id, signer: 'bob@example.com' },
    });
  });

  test.each(['rewound', 'unrelated'] as const)(
    'one that is %s is refused, unless going back is allowed',
    async (how) => {
      const { commit, push, run, source } = await aSignedSource();
      const first = await commit('a.yaml');
      const second = await commit('b.yaml');
      push();
      await source().refresh(never);
      if (how === 'unrelated') {
        run('checkout', '--quiet', '--orphan', 'other');
        await commit('c.yaml');
      }
      push(how === 'unrelated' ? undefined : `${first}:refs/heads/main`);

      expect(await source().refresh(never)).toMatchObject({ result: 'refused', why: 'rewound', history: how });
      expect(await source().accepted()).toMatchObject({ id: second });
      const allowed = source({ rules: { allowRewind: true } });
      expect(await allowed.refresh(never)).toMatchObject({ result: 'accepted', history: how });
    },
  );
});

describe('every commit since the accepted one', () => {
  test('must be signed on the first-parent line; what was merged need not be', async () => {
    const { commit, push, run, source } = await aSignedSource({ verify: 'all' });
    await commit('a.yaml');
    push();
    const repository = source();
    await repository.refresh(never);
    run('checkout', '--quiet', '-b', 'branch');
    run('config', 'commit.gpgsign', 'false');
    await commit('b.yaml');
    run('config', 'commit.gpgsign', 'true');
    run('checkout', '--quiet', 'main');
    run('merge', '--quiet', '--no-ff', '--message', 'Merge', 'branch');
    push();
    expect(await repository.refresh(never)).toMatchObject({ result: 'accepted', commit: { subject: 'Merge' } });

    run('config', 'commit.gpgsign', 'false');
    await commit('c.yaml');
    run('config', 'commit.gpgsign', 'true');
    await commit('d.yaml');
    push();
    expect(await repository.refresh(never)).toMatchObject({ result: 'refused', why: 'unsigned' });
    expect(await source({ rules: { verify: 'head' } }).refresh(never)).toMatchObject({ result: 'accepted' });
  });

  test('one step back has to be signed as well', async () => {
    const { commit, push, run, source } = await aSignedSource({ verify: 'all', allowRewind: true });
    run('config', 'commit.gpgsign', 'false');
    const unsigned = await commit('a.yaml');
    run('config', 'commit.gpgsign', 'true');
    await commit('b.yaml');
    push();
    const repository = source();
    await repository.refresh(never);
    push(`${unsigned}:refs/heads/main`);

    expect(await repository.refresh(never)).toMatchObject({ result: 'refused', why: 'unsigned', history: 'rewound' });
  });
});

describe('a tag’s own signature', () => {
  const ref = { kind: 'tag', name: 'v1' } as const;

  test('counts, whoever signed the commit', async () => {
    const { commit, push, run, signAs, source } = await aSignedSource({ verify: 'tag' });
    signAs('bob');
    const id = await commit('a.yaml');
    signAs('ann');
    run('tag', '--sign', '--message', 'One', 'v1');
    push('refs/tags/v1');

    expect(await source({ ref }).refresh(never)).toMatchObject({
      result: 'accepted',
      commit: { id, signer: 'ann@example.com' },
    });
  });

  test.each([
    { title: 'a tag that is only a name', why: 'unsigned', tag: ['tag', 'v1'], by: 'ann' },
    { title: 'an unsigned one', why: 'unsigned', tag: ['tag', '--annotate', '--message', 'One', 'v1'], by: 'ann' },
    { title: 'a stranger’s', why: 'unknown-signer', tag: ['tag', '--sign', '--message', 'One', 'v1'], by: 'bob' },
  ])('$title is $why', async ({ why, tag, by }) => {
    const { commit, push, run, signAs, source } = await aSignedSource({ verify: 'tag' });
    await commit('a.yaml');
    signAs(by);
    run(...tag);
    push('refs/tags/v1');

    expect(await source({ ref }).refresh(never)).toMatchObject({ result: 'refused', why });
  });

  test('is not taken for another tag’s, and not when it was changed', async () => {
    const { commit, push, run, source, work } = await aSignedSource({ verify: 'tag' });
    await commit('a.yaml');
    run('tag', '--sign', '--message', 'One', 'v0');
    push('refs/tags/v0:refs/tags/v1');
    expect(await source({ ref }).refresh(never)).toMatchObject({ result: 'refused', why: 'bad-signature' });

    await writeFile(join(work, '../tag'), run('cat-file', 'tag', 'v0').replace('tag v0', 'tag v1').concat('\n'));
    const changed = run('hash-object', '-t', 'tag', '-w', join(work, '../tag'));
    push(`${changed}:refs/tags/v1`);
    expect(await source({ ref }).refresh(never)).toMatchObject({ result: 'refused', why: 'bad-signature' });
  });

  test('with gpg: Ann’s, a stranger’s, and a changed one', async () => {
    const { commit, push, run, source, work } = await aSource();
    const verifier = people.verifier({ gpgKeys: [join(people.keys, 'ann.asc')] });
    const repository = () => source({ ref, rules: { verifier, verify: 'tag' } });
    await commit('a.yaml');
    const sign = (name: string) => {
      people.signWith(run, 'gpg', name);
      run('tag', '--force', '--sign', '--message', 'One', 'v1');
      push('refs/tags/v1');
    };

    sign('bob');
    expect(await repository().refresh(never)).toMatchObject({ result: 'refused', why: 'unknown-signer' });
    sign('ann');
    await writeFile(join(work, '../tag'), run('cat-file', 'tag', 'v1').replace('One', 'Two').concat('\n'));
    push(`${run('hash-object', '-t', 'tag', '-w', join(work, '../tag'))}:refs/tags/v1`);
    expect(await repository().refresh(never)).toMatchObject({ result: 'refused', why: 'bad-signature' });
    push('refs/tags/v1');
    expect(await repository().refresh(never)).toMatchObject({
      result: 'accepted',
      commit: { signer: expect.stringContaining('ann@example.com') },
    });
  });

  test.each([
    { to: 'a later commit, signed anew', goesOn: true, verify: 'tag', result: 'accepted' },
    { to: 'a later commit, by its commit’s signature', goesOn: true, verify: 'head', result: 'refused' },
    { to: 'an earlier commit, signed anew', goesOn: false, verify: 'tag', result: 'refused' },
  ] as const)('a tag that moved to $to: $result, as a step back', async ({ goesOn, verify, result }) => {
    const { commit, push, run, source } = await aSignedSource({ verify });
    const first = await commit('a.yaml');
    const second = await commit('b.yaml');
    const sign = (at: string) => {
      run('tag', '--force', '--sign', '--message', 'One', 'v1', at);
      push('refs/tags/v1');
    };
    sign(goesOn ? first : second);
    const repository = source({ ref });
    await repository.refresh(never);
    sign(goesOn ? second : first);

    expect(await repository.refresh(never)).toMatchObject({ result, history: 'rewound' });
  });
});

describe('a signer who was taken out', () => {
  test('what was accepted and not applied counts no longer: back to what was applied', async () => {
    const { allow, applied, commit, push, signAs, source } = await aSignedSource();
    await allow('ann', 'bob');
    const first = await commit('a.yaml');
    push();
    const repository = source();
    await repository.refresh(never);
    applied.push(first);
    signAs('bob');
    const second = await commit('b.yaml');
    push();
    await repository.refresh(never);
    expect(await repository.judgeAgain(never)).toBeUndefined();
    await allow('ann');

    const refused = { why: 'unknown-signer', key: expect.stringMatching(/^SHA256:/) };
    expect(await repository.judgeAgain(never)).toEqual(refused);
    expect(await repository.accepted()).toMatchObject({ id: second });
    expect(await repository.refresh(never)).toMatchObject({ result: 'refused', ...refused, commit: { id: second } });
    expect(await repository.accepted()).toMatchObject({ id: first });
    expect(await source().refresh(never)).toMatchObject({ result: 'refused', ...refused, history: 'descendant' });

    signAs('ann');
    const third = await commit('c.yaml');
    push();
    expect(await repository.refresh(never)).toMatchObject({ result: 'accepted', commit: { id: third } });
  });

  test('nothing is accepted any more where nothing was applied', async () => {
    const { allow, commit, push, source } = await aSignedSource();
    await commit('a.yaml');
    push();
    const repository = source();
    await repository.refresh(never);
    await allow('bob');

    expect(await repository.refresh(never)).toMatchObject({ result: 'refused', why: 'unknown-signer' });
    expect(await repository.accepted()).toBeUndefined();
  });

  test('what was applied is not undone', async () => {
    const { allow, applied, commit, push, source } = await aSignedSource();
    const first = await commit('a.yaml');
    push();
    const repository = source();
    await repository.refresh(never);
    applied.push(first);
    await allow('bob');

    expect(await repository.judgeAgain(never)).toBeUndefined();
    expect(await repository.refresh(never)).toMatchObject({ result: 'accepted', commit: { id: first } });
    expect(await source().accepted()).toMatchObject({ id: first });
  });

  test('without the file of signers nothing is accepted, and it is said', async () => {
    const { commit, push, source } = await aSignedSource();
    await commit('a.yaml');
    push();
    const repository = source({ rules: { verifier: people.verifier({ allowedSigners: '/nonexistent/signers' }) } });

    await expect(repository.refresh(never)).rejects.toThrow('/nonexistent/signers: the keys of signers cannot be read');
    expect(await repository.accepted()).toBeUndefined();
  });
});
