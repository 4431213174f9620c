import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { urlProblem } from '../../../src/core/manifest/rules-url.ts';
import { manifestText, parseText } from './builders.ts';

function ofAddress(address: string) {
  return parseText(
    manifestText(
      'name: x',
      `capabilities: { voice: { webhooks: { answer_url: { address: ${JSON.stringify(address)} } } } }`,
    ),
  ).problems.map(({ severity, message }) => `${severity} ${message}`);
}

describe('the address of a webhook says what is wrong with it', () => {
  test.each([
    [
      'https://example.com/a\n',
      'it ends in a line break. For text over several lines write ">-" instead of ">" or "|"',
    ],
    ['https://example.com/a ', 'it ends in a space'],
    ['https://example.com/a\nb', 'it contains a line break'],
    ['https://example.com/a\tb', 'it contains a tab'],
    ['https://example.com/a b', 'it contains a space'],
    ['https:///path', 'the host is missing'],
    ['https://:80/path', 'the host is missing'],
    ['https://user@/path', 'the host is missing'],
    ['https://?a=b', 'the host is missing'],
    ['https://example.com:65536/', 'its port is not a number from 0 to 65535'],
    ['https://example.com:http/', 'its port is not a number from 0 to 65535'],
    ['https://[::1/', 'brackets belong around an IPv6 address'],
    ['https://example].com/', 'brackets belong around an IPv6 address'],
    ['https://[not-ip]/', 'its host is not a valid name or IP address'],
    ['https://https://example.com/a', 'its scheme is there twice'],
    ['https://a..b^c/', 'its host is not a valid name or IP address'],
  ])('%j: %s', (address, words) => {
    expect(ofAddress(address)).toEqual([expect.stringContaining(`error expected an http or https URL: ${words}`)]);
  });

  test.each(['$HOST', '{{host}}', '{host}', 'x}}', '<host>', 'x>', '%HOST%', 'a\\b'])(
    'a host that holds a placeholder nobody filled in is refused: %s',
    (host) => {
      expect(ofAddress(`https://${host}/answer`)).toEqual([
        expect.stringContaining('a placeholder that was not replaced'),
      ]);
    },
  );

  test.each([
    'https://example.com',
    'https://example.com:/a',
    'https://example.com:8443/a?b={{c}}&d=$e%20f#<g>',
    'https://us%40er@example.com/a',
    'https://[2001:db8::1]:8443/a',
    'https://xn--bcher-kva.example/',
    'HTTPS://EXAMPLE.com/a',
  ])('%s is one', (address) => {
    expect(urlProblem(address)).toBeUndefined();
    expect(ofAddress(address)).toEqual([]);
  });

  test('http is warned of', () => {
    expect(ofAddress('http://example.com/a')).toEqual([expect.stringContaining('warning http is not encrypted')]);
  });

  test.each([
    'http://localhost:3000/a',
    'https://app.localhost/a',
    'http://127.0.0.1/a',
    'http://0.0.0.0/a',
    'https://10.1.2.3/a',
    'https://172.16.0.1/a',
    'https://172.31.0.1/a',
    'https://192.168.0.1:8443/a',
    'http://[::1]/a',
    'http://localhost./a',
    'https://169.254.169.254/a',
    'http://[fd00::1]/a',
    'http://[fe80::1]/a',
  ])('an address that Vonage cannot reach is warned of: %s', (address) => {
    expect(ofAddress(address)).toEqual([expect.stringContaining('which Vonage cannot reach')]);
  });

  test.each([
    'https://localhost.example.com/a',
    'https://100.64.0.1/a',
    'https://172.32.0.1/a',
    'https://192.169.0.1/a',
    'https://11.0.0.1/a',
    'https://[2001:db8::1]/a',
    'https://10.example.com/a',
    'https://fd00.example.com/a',
  ])('a public one is not: %s', (address) => {
    expect(ofAddress(address)).toEqual([]);
  });
});

describe('a secret in plain text is warned of, and not shown', () => {
  const video = (secret: string, more = '') =>
    manifestText(
      'name: x',
      `capabilities: { video: { webhooks: { archive_status: { address: https://x.example, secret: ${secret} ${more}} } } }`,
    );

  test('where the manifest holds it', () => {
    const { problems } = parseText(video('hunter22hunter22'));

    expect(problems).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('a secret in plain text') },
    ]);
    expect(JSON.stringify(problems)).not.toContain('hunter22');
  });

  test('in the user information of an address', () => {
    expect(ofAddress('https://us%40er:p%24ss@example.com/a')).toEqual([
      expect.stringContaining('warning a secret in plain text'),
    ]);
  });

  test('in lists, too', () => {
    const text = manifestText('name: x', 'capabilities: { new: { gateways: [{ credential: abcdefgh }] } }');

    const { problems } = parseText(text, { passthroughCapabilities: [] });

    expect(problems.filter(({ severity }) => severity === 'warning')).toMatchObject([
      { path: 'spec.capabilities.new.gateways.0.credential' },
    ]);
  });

  test('and not where it comes from the environment', () => {
    const allowed = { allowedEnvironment: ['HOOK'], environment: { HOOK: 'hunter22hunter22' } };

    expect(parseText(video('"${HOOK}"'), allowed).problems).toEqual([]);
  });
});

describe('a public key', () => {
  const inPem = (pem: string) =>
    parseText(manifestText('name: x', `keys: { public_key: ${JSON.stringify(pem)} }`)).problems.map(
      ({ severity, message }) => `${severity} ${message}`,
    );

  test('of 1024 bits is warned of, of 2048 is not', () => {
    const pemOf = (modulusLength: number) =>
      generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ type: 'spki', format: 'pem' }).toString();

    expect(inPem(pemOf(1024))).toEqual(['warning an RSA key of 1024 bits can be broken: use one of 2048 bits or more']);
    expect(inPem(pemOf(2048))).toEqual([]);
  });

  test.each([
    ['-----BEGIN CERTIFICATE-----\nabcd\n-----END CERTIFICATE-----', 'a certificate: extract its key with'],
    ['-----BEGIN CERTIFICATE REQUEST-----\nabcd\n-----END CERTIFICATE REQUEST-----', 'a certificate request'],
    ['ssh-rsa AAAAB3Nza someone@example', 'an SSH key: convert it with'],
    ['-----BEGIN PGP PUBLIC KEY BLOCK-----\nabcd', 'a PGP key'],
    ['-----BEGIN PUBLIC KEY-----\nabcd', 'a PEM block that is cut off or damaged'],
    ['-----BEGIN PUBLIC KEY-----\n-----BEGIN PUBLIC KEY-----', 'more than one PEM block'],
    ['abcd', 'something else'],
  ])('of another kind is named: %j', (pem, words) => {
    expect(inPem(pem)).toEqual([expect.stringContaining(`found ${words}`)]);
  });
});
