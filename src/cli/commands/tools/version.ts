import { commit } from '../../../app/commit.ts';
import type { CliContext } from '../../../app/context.ts';
import { version } from '../../../app/version.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { planFormat, reportFormat } from '../../../core/render/formats.ts';
import { jsonText } from '../../../core/render/visible.ts';
import { ledgerSchema } from '../../../ledger/ledger-format.ts';

/** Says which program this is, for bug reports: version, commit, Node.js, and the formats it writes. */
export function versionCommand({ format }: { readonly format: 'text' | 'json' }, { stdout }: CliContext): number {
  const formats = [planFormat, reportFormat, `vonage-gitops.ledger/${ledgerSchema}`];
  const { version: node, platform, arch } = process;
  if (format === 'json') {
    const about = { version, commit: commit ?? null, node, platform, arch, formats };
    stdout.write(jsonText({ format: 'vonage-gitops.version/1', ...about }));
    return exitCodes.done;
  }
  const lines = [
    `vonage-gitops ${version}`,
    `commit   ${commit ?? 'unknown'}`,
    `node     ${node} (${platform}, ${arch})`,
    `formats  ${formats.map((name) => name.replace('vonage-gitops.', '')).join(', ')}`,
  ];
  stdout.write(`${lines.join('\n')}\n`);
  return exitCodes.done;
}
