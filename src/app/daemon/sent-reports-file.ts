import { dirname } from 'node:path';
import { messageOf, ReconcilerError } from '../../core/errors.ts';
import { parseJson } from '../../core/json.ts';
import { z } from '../../core/zod.ts';
import { removeStaleTempFiles, replaceFile } from '../../disk/durable-file.ts';
import { readIfThere } from '../../disk/read-if-there.ts';
import { makePrivateDirectory } from '../../disk/state-directory.ts';
import type { Log } from '../../reconcile/ports.ts';
import type { CommitReport, SentReports } from '../../status/report-outbox.ts';

/** Name of the file, beside the stored repositories. */
export const sentReportsName = 'reports.json';

/** Reports that are kept. */
const mostKept = 1_000;

const schema = z.strictObject({
  format: z.literal('vonage-gitops.reports/1'),
  sent: z
    .array(
      z.strictObject({
        to: z.string(),
        commit: z.string(),
        context: z.string(),
        state: z.enum(['pending', 'success', 'failure', 'error']),
        description: z.string(),
        isClosed: z.literal(true).optional(),
      }),
    )
    .max(mostKept),
});

/**
 * What was reported last of each commit and context, the oldest first, in a file that several daemons may write one after the other.
 * Nothing depends on it but that reports are not repeated: a file that cannot be understood is told, and begun anew.
 */
export function sentReportsFile(path: string, log: Log): SentReports {
  let told: string | undefined;
  const tell = (problem: string) => {
    if (problem !== told) log.warn({ path, problem }, 'reports may be sent again');
    told = problem;
  };
  const load = async (): Promise<readonly CommitReport[]> => {
    try {
      const text = await readIfThere(path);
      if (text === undefined) return [];
      const parsed = schema.safeParse(parseJson(text));
      if (parsed.success) return parsed.data.sent;
      tell('the file is not as it was written');
    } catch (error) {
      if (!(error instanceof ReconcilerError)) throw error;
      tell(error.message);
    }
    return [];
  };
  return {
    load,
    save: async (report) => {
      const others = (await load()).filter((one) => !isSame(one, report));
      const document = { format: 'vonage-gitops.reports/1', sent: [...others, report].slice(-mostKept) };
      try {
        await makePrivateDirectory(dirname(path));
        await removeStaleTempFiles(dirname(path), (name) => name === sentReportsName);
        await replaceFile(path, `${JSON.stringify(document)}\n`);
      } catch (error) {
        tell(messageOf(error));
      }
    },
  };
}

function isSame(one: CommitReport, other: CommitReport): boolean {
  return one.to === other.to && one.commit === other.commit && one.context === other.context;
}
