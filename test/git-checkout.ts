import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs git in a directory; it reads no configuration of this machine. */
export async function git(directory: string, ...command: readonly string[]): Promise<void> {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
  const settings = [...identity, '-c', 'init.defaultBranch=main', '-c', 'protocol.file.allow=always'];
  const environment = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  await run('git', ['-C', directory, ...settings, ...command], { env: environment });
}

/** Makes a directory a work tree whose remote `origin` is at this address. */
export async function originIs(directory: string, url: string): Promise<void> {
  await git(directory, 'init', '-q');
  await git(directory, 'remote', 'add', 'origin', url);
}
