import { describe, expect, test } from 'vitest';
import { parseRepositoryAddress } from '../../../src/core/git/repository-address.ts';

const read = (text: string, allowFile = false) => parseRepositoryAddress(text, { allowFile });

describe('the address of a repository', () => {
  test.each([
    {
      text: 'https://git.example.com/acme/voice.git',
      url: 'https://git.example.com/acme/voice.git',
      scheme: 'https',
      origin: 'https://git.example.com',
      name: 'git.example.com/acme/voice',
    },
    {
      text: 'https://git.example.com:8443/acme/voice/',
      url: 'https://git.example.com:8443/acme/voice/',
      scheme: 'https',
      origin: 'https://git.example.com:8443',
      name: 'git.example.com:8443/acme/voice',
    },
    {
      text: 'ssh://git@git.example.com:2222/~ann/voice.git',
      url: 'ssh://git@git.example.com:2222/~ann/voice.git',
      scheme: 'ssh',
      origin: undefined,
      name: 'git.example.com:2222/~ann/voice',
    },
    {
      text: 'git@git.example.com:acme/voice.git',
      url: 'ssh://git@git.example.com/acme/voice.git',
      scheme: 'ssh',
      origin: undefined,
      name: 'git.example.com/acme/voice',
    },
    {
      text: 'git.example.com:/srv/voice.git',
      url: 'ssh://git.example.com/srv/voice.git',
      scheme: 'ssh',
      origin: undefined,
      name: 'git.example.com/srv/voice',
    },
    {
      text: 'http://127.0.0.1:3000/voice.git',
      url: 'http://127.0.0.1:3000/voice.git',
      scheme: 'http',
      origin: 'http://127.0.0.1:3000',
      name: '127.0.0.1:3000/voice',
    },
    {
      text: 'http://[::1]:3000/voice.git',
      url: 'http://[::1]:3000/voice.git',
      scheme: 'http',
      origin: 'http://[::1]:3000',
      name: '[::1]:3000/voice',
    },
    {
      text: 'http://localhost/voice.git',
      url: 'http://localhost/voice.git',
      scheme: 'http',
      origin: 'http://localhost',
      name: 'localhost/voice',
    },
  ])('$text is $name', ({ text, ...address }) => {
    expect(read(text)).toEqual(address);
  });

  test('of this machine is one where the environment allows it', () => {
    expect(read('file:///srv/voice.git', true)).toEqual({
      url: 'file:///srv/voice.git',
      scheme: 'file',
      origin: undefined,
      name: '/srv/voice',
    });
  });

  test.each([
    ['ext::sh -c touch% /tmp/x', 'it contains a space'],
    ['ext::sh', 'it names a program that fetches'],
    ['--upload-pack=touch', 'expected an https or ssh URL'],
    ['git.example.com/acme/voice', 'expected an https or ssh URL'],
    ['/srv/voice.git', 'expected an https or ssh URL'],
    ['https://', 'expected an https or ssh URL'],
    ['file:///etc', 'a directory of this machine is not allowed here'],
    ['http://git.example.com/acme/voice', 'http is not encrypted'],
    ['git://git.example.com/acme/voice', 'git is not supported'],
    ['https://ann:hunter22@git.example.com/acme/voice', 'it contains credentials'],
    ['https://token@git.example.com/acme/voice', 'it contains credentials'],
    ['ssh://git:hunter22@git.example.com/acme/voice', 'it contains credentials'],
    ['git:hunter22@git.example.com:acme/voice', 'it contains credentials'],
    ['git:hunter22@git.example.com/acme/voice', 'it contains credentials'],
    ['ssh://-oProxyCommand=x@git.example.com/acme/voice', 'its user has characters'],
    ['ssh://-oProxyCommand=x/acme/voice', 'its host is not a valid name'],
    ['-oProxyCommand=x:acme/voice', 'its host is not a valid name'],
    ['ssh://git_example/acme/voice', 'its host is not a valid name'],
    ['https://git.example.com/acme/voice?x=1', 'it has a query or a fragment'],
    ['https://git.example.com/acme/voice#main', 'it has a query or a fragment'],
    ['https://git.example.com', 'it has no path'],
    ['https://git.example.com/.git', 'it has no path'],
    ['https://git.example.com/acme/$(x)', 'its path has characters'],
    ['https://git.example.com/acme/../voice', 'its path has characters'],
    ['https://git.example.com/acme/..', 'its path has characters'],
    ['https://git.example.com/acme/%2E./voice', 'its path has characters'],
    ['https://git.example.com/acme/voice%0A', 'its path has characters'],
    ['https://git.example.com/acme/\u202Evoice', 'its path has characters'],
    ['https://git.example.com/acme/%ff', 'its path has characters'],
    ['https://git.example.com/-x/voice', 'a part of its path begins with "-"'],
    ['https://git.example.com/acme/voice\n', 'it contains a space, a line break'],
    ['https://git.example.com/acme/voice\u0000', 'it contains a space, a line break'],
  ])('is refused: %j (%s)', (text, problem) => {
    const refused = read(text);

    expect(refused).toEqual({ problem: expect.stringContaining(problem) });
    expect(JSON.stringify(refused)).not.toContain('hunter22');
  });
});
