import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { typeAtTerminal } from '../../scripts/type-at-terminal.ts';
import { withEmulator } from '../cli/world.ts';
import { bundled } from '../reliability/process.ts';
import { fencesOf, readPage } from './pages.ts';

const { program } = bundled();
const fences = fencesOf(readPage('README.md')).map(({ text }) => text);
const first = fences.findIndex((text) => text.includes('vonage-gitops init'));

test('the section about an own account does what it says, line by line, and ends without changes', () =>
  withEmulator(async (bench) => {
    bench.emulator.admin.seed(30);
    // As it is built: npx would start the same one.
    await chmod(await bench.write('bin/npx', '#!/bin/sh\nshift\nexec "$NODE" "$PROGRAM" "$@"\n'), 0o755);
    await chmod(await bench.write('vonage-secret', bench.emulator.apiSecret), 0o600);
    await bench.write('.gitconfig', '[user]\nname = Ann\nemail = ann@example.com\n[init]\ndefaultBranch = main\n');

    const { code, screen } = await typeAtTerminal({
      lines: fences[first] ?? '',
      cwd: bench.cwd,
      environment: {
        PATH: `${bench.cwd}/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
        HOME: bench.cwd,
        VONAGE_API_URL: bench.emulator.url,
        NODE: process.execPath,
        PROGRAM: program(),
      },
      answers: [
        [/\((?:main|applications|none)\): $/, ''],
        [/is accepted: $/, 'yes'],
      ],
    });

    expect(screen).toContain(fences[first + 1]?.trim());
    expect(code).toBe(0);
    expect(await readdir(join(bench.cwd, 'voice/applications'))).toHaveLength(30);
    expect(bench.emulator.admin.counts().writes).toBe(0);
  }));
