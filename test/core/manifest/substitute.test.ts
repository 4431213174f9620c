import { describe, expect, test } from 'vitest';
import { valueAt } from '../../../src/core/pointer.ts';
import { manifestText, parseText, problemLines } from './builders.ts';

const address = '/capabilities/rtc/webhooks/event_url/address';
const options = {
  variables: { HOST: 'voice.example.com', EMPTY: '', TTL: '72', NESTED: `\${HOST}`, ON: 'true', NAME: 'Support' },
  environment: { SECRET_HOST: 'hidden.example.com', UNASKED: 'never', HOST: 'other.example.com', BLANK: '' },
  allowedEnvironment: ['SECRET_HOST', 'UNSET', 'HOST', 'BLANK'],
};
const withAddress = (text: string) =>
  manifestText('name: Support', `capabilities:\n  rtc:\n    webhooks:\n      event_url: { address: ${text} }`);

describe('a variable is filled in', () => {
  test.each([
    ['from the variables', `"https://\${HOST}/a"`, 'https://voice.example.com/a'],
    [
      'from the variables before the environment',
      `"https://\${HOST}/\${HOST}"`,
      'https://voice.example.com/voice.example.com',
    ],
    ['from the allowed environment', `"https://\${SECRET_HOST}/a"`, 'https://hidden.example.com/a'],
    ['by its default when it is unset', `"https://\${UNSET:-x.example}/a"`, 'https://x.example/a'],
    ['by its default when it is unknown', `"https://\${NOWHERE:-x.example}/a"`, 'https://x.example/a'],
    ['by its default when it is empty', `"https://\${EMPTY:-x.example}\${BLANK:-/b}"`, 'https://x.example/b'],
    ['not by its default when it has a value', `"https://\${HOST:-x.example}/a"`, 'https://voice.example.com/a'],
    ['as nothing when it is empty', `"https://x.example/a\${EMPTY}"`, 'https://x.example/a'],
    ['and not searched again', `"https://x.example/\${NESTED}"`, `https://x.example/\${HOST}`],
    ['unless it is meant literally', `"https://x.example/$\${HOST}"`, `https://x.example/\${HOST}`],
    ['and other dollars are left', '"https://x.example/$1/$HOST/$$"', 'https://x.example/$1/$HOST/$$'],
  ])('%s', (_, text, expected) => {
    const { manifests, problems } = parseText(withAddress(text), options);

    expect(problems).toEqual([]);
    expect(valueAt(manifests[0]?.spec ?? {}, address)).toBe(expected);
  });
});

describe('a plain scalar that is exactly one placeholder is read again as YAML', () => {
  test.each([
    [`\${TTL}`, 72],
    [`\${NOWHERE:-48}`, 48],
    [`"\${TTL}"`, '72'],
    [`!!str \${TTL}`, '72'],
    [`\${TTL}\${EMPTY}`, '72'],
    [`\${ON}`, true],
    [`\${NOWHERE:-False}`, false],
    [`\${EMPTY}`, null],
    [`\${NOWHERE:-~}`, null],
    [`\${NOWHERE:-0x10}`, 16],
    [`\${NOWHERE:--1.5e1}`, -15],
    [`\${NOWHERE:-12:30}`, '12:30'],
    [`\${HOST}`, 'voice.example.com'],
  ])('%s', (text, expected) => {
    const passed = parseText(manifestText('name: x', `capabilities:\n  fax:\n    value: ${text}`), {
      ...options,
      passthroughCapabilities: ['fax'],
    });

    expect(passed.problems).toEqual([]);
    expect(passed.manifests[0]?.spec).toEqual({ capabilities: { fax: { value: expected } } });
  });
});

describe('a placeholder is refused', () => {
  const at = 'error a.yaml:9:31 spec.capabilities.rtc.webhooks.event_url.address: ';
  const byDefault = (name: string) => `or give a default: \${${name}:-...}`;
  test.each([
    {
      title: 'when nobody defines it',
      text: `"\${NOWHERE}"`,
      expected: [
        `${at}\${NOWHERE} is not defined: add it to the account's variables, allow it from the environment, ${byDefault('NOWHERE')}`,
      ],
    },
    {
      title: 'when it is misspelt',
      text: `"\${HOTS}"`,
      expected: [
        `${at}\${HOTS} is not defined (did you mean "HOST"?): add it to the account's variables, allow it from the environment, ${byDefault('HOTS')}`,
      ],
    },
    {
      title: 'when it is in the environment and not allowed',
      text: `"\${UNASKED}"`,
      expected: [
        `${at}\${UNASKED} is not defined: add it to the account's variables, allow it from the environment, ${byDefault('UNASKED')}`,
      ],
    },
    {
      title: 'when it is allowed and unset',
      text: `"\${UNSET}"`,
      expected: [`${at}\${UNSET} is not set: set it in the environment, ${byDefault('UNSET')}`],
    },
    {
      title: 'when it is none',
      text: `"https://\${HO-ST}/\${"`,
      expected: [
        `${at}"\${" does not start a placeholder: use \${NAME} or \${NAME:-default}, or $\${ for the two characters`,
        `${at}"\${" does not start a placeholder: use \${NAME} or \${NAME:-default}, or $\${ for the two characters`,
      ],
    },
    {
      title: 'when it is set and empty, where nothing is not allowed',
      text: `"\${EMPTY}"`,
      expected: [`${at}expected an http or https URL, found empty text. To remove a webhook, remove its whole entry`],
    },
    ...[
      ...['VONAGE_API_KEY', 'VONAGE_API_SECRET', 'VONAGE_API_SECRET_FILE', 'NEXMO_API_SECRET', 'MY_KEY'],
      ...[
        'VONAGE_GITOPS_FORGE_TOKEN',
        'GITHUB_TOKEN',
        'GITLAB_TOKEN',
        'CI_JOB_TOKEN',
        'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
      ],
    ].map((name) => ({
      title: `when it is the credential ${name}`,
      text: `"\${${name}:-x}"`,
      expected: [`${at}\${${name}} holds a credential: credentials are not allowed in manifests`],
    })),
  ])('$title', ({ text, expected }) => {
    const parsed = parseText(withAddress(text), {
      ...options,
      variables: { ...options.variables, VONAGE_API_SECRET: 'x' },
      allowedEnvironment: [...options.allowedEnvironment, 'VONAGE_API_KEY'],
      credentialVariables: ['MY_KEY'],
    });

    expect(problemLines(parsed)).toEqual(expected);
  });
});

describe('a value from the environment', () => {
  test('is kept apart with the text it was written as', () => {
    const text = manifestText(
      `name: "\${BLANK}\${UNSET:-Support}"\nlabels: { host: "\${SECRET_HOST}" }`,
      [
        'capabilities:',
        '  voice:',
        '    webhooks:',
        `      answer_url: { address: &a "https://\${SECRET_HOST}/a", connection_timeout: 500 }`,
        '      event_url: { address: *a }',
      ].join('\n'),
    );

    const { manifests, problems } = parseText(text, options);

    expect(problems).toEqual([]);
    const written = `https://\${SECRET_HOST}/a`;
    expect([...(manifests[0]?.concealed ?? [])]).toEqual([
      ['/name', `\${BLANK}\${UNSET:-Support}`],
      ['/capabilities/voice/webhooks/answer_url/address', written],
      ['/capabilities/voice/webhooks/event_url/address', written],
    ]);
  });

  test('is known by the pointer of the spelling that is compared', () => {
    const text = manifestText(
      'name: x',
      `capabilities:\n  voice:\n    webhooks:\n      answer_url:\n        address: https://x.example\n        connection_timeout: \${MS}`,
    );

    const { manifests } = parseText(text, { environment: { MS: '500' }, allowedEnvironment: ['MS'] });

    expect([...(manifests[0]?.concealed ?? [])]).toEqual([
      ['/capabilities/voice/webhooks/answer_url/connect_timeout', `\${MS}`],
    ]);
  });

  test('is never told in a problem', () => {
    const parsed = parseText(manifestText('name: x', `privacy:\n  improve_ai: \${SECRET_HOST}`), options);

    expect(problemLines(parsed)).toEqual([
      `error a.yaml:7:17 spec.privacy.improve_ai: expected true or false, found "\${SECRET_HOST}"`,
    ]);
    expect(JSON.stringify(parsed.problems)).not.toContain('hidden.example.com');
  });
});

describe('where variables may be unknown', () => {
  test('an allowed one that is unset is a warning, and its value is not checked', () => {
    const text = manifestText(
      'name: x',
      [
        'capabilities:',
        '  voice:',
        `    region: \${UNSET}`,
        '    webhooks:',
        `      event_url: { address: "\${UNSET}", http_method: "\${UNSET}" }`,
      ].join('\n'),
    );

    const { manifests, complete, problems } = parseText(text, { ...options, opaqueVariables: true });

    expect(complete).toBe(true);
    expect(manifests.map(({ name }) => name)).toEqual(['x']);
    expect(problems.map(({ severity, message }) => `${severity} ${message}`)).toEqual(
      [1, 2, 3].map(() => `warning \${UNSET} is not set here: its value was not checked`),
    );
  });

  test('one that is not allowed is still an error', () => {
    const { complete } = parseText(withAddress(`"\${UNASKED}"`), { ...options, opaqueVariables: true });

    expect(complete).toBe(false);
  });

  test('one with a default or a value is checked as ever', () => {
    const { problems } = parseText(withAddress(`"\${UNSET:-x}"`), { ...options, opaqueVariables: true });

    expect(problems.map(({ message }) => message)).toEqual(['expected an http or https URL, found "x"']);
  });
});
