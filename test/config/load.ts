import type { AccountConfig } from '../../src/config/account.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';

interface Given {
  readonly text?: string;
  readonly path?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  readonly files?: Readonly<Record<string, string>>;
}

/** Loads a configuration in the working directory /srv, from these files and nothing else. */
export function load({ text, path = 'vonage-gitops.yaml', environment = {}, directory, files = {} }: Given): Config {
  return loadConfig({
    file: text === undefined ? undefined : { path, text },
    environment,
    directory,
    cwd: '/srv',
    readFile: (file) => {
      const content = files[file];
      if (content === undefined) throw new Error(`ENOENT: no such file, open '${file}'`);
      return content;
    },
  });
}

/** A file with these accounts, each given as its lines. */
export function aFile(...accounts: readonly (readonly string[])[]): string {
  const entries = accounts.map((lines) =>
    lines.map((line, index) => `${index === 0 ? '  - ' : '    '}${line}\n`).join(''),
  );
  return `apiVersion: vonage-gitops/v1\nkind: Config\naccounts:\n${entries.join('')}`;
}

/** The account at that position. */
export function account(config: Config, index = 0): AccountConfig {
  const found = config.accounts[index];
  if (found === undefined) throw new RangeError(`no account ${index}`);
  return found;
}
