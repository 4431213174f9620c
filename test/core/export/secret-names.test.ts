import { expect, test } from 'vitest';
import { SecretNames } from '../../../src/core/export/secret-names.ts';

test.each([
  {
    title: 'application and place',
    name: 'Support line',
    path: ['video', 'secret'],
    given: 'SUPPORT_LINE_VIDEO_SECRET',
  },
  { title: 'with odd characters', name: 'a', path: ['voice', 'x-y.z'], given: 'A_VOICE_X_Y_Z' },
  { title: 'that begins with a digit', name: '9 lives', path: ['secret'], given: 'APP_9_LIVES_SECRET' },
  { title: 'that pipelines have a token under', name: 'ci', path: ['job', 'token'], given: 'APP_CI_JOB_TOKEN' },
  { title: 'that holds a credential of Vonage', name: 'vonage', path: ['secret'], given: 'APP_VONAGE_SECRET' },
])('a variable is named after $title', ({ name, path, given }) => {
  expect(new SecretNames([]).give(name, path)).toBe(given);
});

test('no name is given twice, and none that is in use', () => {
  const names = new SecretNames(['a_secret']);
  names.take('x: ${A_SECRET_2}\n# ${a_secret_4:-x}');

  expect([names.give('A', ['secret']), names.give('a', ['secret']), names.give('a', ['secret'])]).toEqual([
    'A_SECRET_3',
    'A_SECRET_5',
    'A_SECRET_6',
  ]);
});
