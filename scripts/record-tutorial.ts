import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmulator } from '../src/emulator/emulator.ts';
import { typeAtTerminal } from './type-at-terminal.ts';

/**
 * Types the commands of README.md's "Your own account" at a terminal, for an emulated account with 30 applications, and puts what was shown
 * into docs/tutorial.md, with the time it took. `npm run build` comes first: the built program is the one that is shown.
 */
const root = fileURLToPath(new URL('../', import.meta.url));
const page = join(root, 'docs/tutorial.md');
const [, commands = ''] =
  /\n## Your own account\n.*?\n```\n(.*?)```\n/s.exec(await readFile(join(root, 'README.md'), 'utf8')) ?? [];
const shown = commands
  .trimEnd()
  .split('\n')
  .flatMap((line) => [`printf '%s\\n' ${quote(`$ ${line}`)}`, line])
  .join('\n');

const home = await mkdtemp(join(tmpdir(), 'vonage-gitops-tutorial-'));
const emulator = await startEmulator({});
try {
  emulator.admin.seed(30);
  await mkdir(join(home, 'bin'));
  await writeFile(join(home, 'bin/npx'), '#!/bin/sh\nshift\nexec "$NODE" "$PROGRAM" "$@"\n');
  await chmod(join(home, 'bin/npx'), 0o755);
  await writeFile(join(home, 'vonage-secret'), emulator.apiSecret, { mode: 0o600 });
  await writeFile(
    join(home, '.gitconfig'),
    '[user]\nname = Ann\nemail = ann@example.com\n[init]\ndefaultBranch = main\n',
  );
  const { code, screen, tookMs } = await typeAtTerminal({
    lines: shown,
    cwd: home,
    environment: {
      PATH: `${home}/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: home,
      VONAGE_API_URL: emulator.url,
      NODE: process.execPath,
      PROGRAM: join(root, 'dist/main.cjs'),
    },
    answers: [
      [/\((?:main|applications|none)\): $/, ''],
      [/is accepted: $/, 'yes'],
    ],
  });
  if (code !== 0) throw new Error(`the commands ended with code ${code}:\n${screen}`);
  const recording = `\`\`\`text\n${shortened(screen.replaceAll(home, '~'))}\n\`\`\`\n\nTyped by a script, this took ${(tookMs / 1000).toFixed(1)} seconds.\n`;
  const text = await readFile(page, 'utf8');
  await writeFile(
    page,
    text.replace(
      /(<!-- recording -->\n).*?(<!-- end of the recording -->)/s,
      (_, start, end) => `${start}${recording}${end}`,
    ),
  );
} finally {
  await emulator.close();
  await rm(home, { recursive: true, force: true });
}

/** Of many lines of one kind the first two. */
function shortened(screen: string): string {
  const kinds = [
    /^ create mode /,
    /^ ~ adopt |^ \S adopt /,
    /^\d+\/\d+ applied adopt /,
    /^applied adopt /,
    /^\s+why: /,
  ];
  const seen = new Map<RegExp, number>();
  const lines = screen
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const kind = kinds.find((one) => one.test(line));
      if (kind === undefined) return line.trimEnd();
      const count = (seen.get(kind) ?? 0) + 1;
      seen.set(kind, count);
      return count < 3 ? line.trimEnd() : count === 3 ? `${/^\s*/.exec(line)?.[0] ?? ''}[...]` : [];
    });
  return lines.join('\n');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
