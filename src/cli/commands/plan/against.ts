import { relative } from 'node:path';
import { accountLabel } from '../../../app/document-context.ts';
import { eachAccount } from '../../../app/each-account.ts';
import { countErrors, showProblems } from '../../../app/report-error.ts';
import type { Session } from '../../../app/session.ts';
import { type ManifestsAt, manifestsAt } from '../../../app/source/manifests-at.ts';
import { version } from '../../../app/version.ts';
import type { AccountConfig } from '../../../config/account.ts';
import { type Comparison, compareManifests } from '../../../core/comparison/compare-manifests.ts';
import { comparisonDocument } from '../../../core/comparison/comparison-document.ts';
import { comparisonMarkdown } from '../../../core/comparison/comparison-markdown.ts';
import { comparisonText } from '../../../core/comparison/comparison-text.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes, worstCode } from '../../../core/exit-codes.ts';
import { mostMarkdownBytes } from '../../../core/render/markdown.ts';
import { jsonText } from '../../../core/render/visible.ts';
import { columnsOf } from '../../columns-of.ts';
import type { SelectionOptions } from '../../command-options.ts';

/** Options of `plan --against`. */
export interface CompareOptions extends SelectionOptions {
  readonly against: string;
  /** The DIR argument. */
  readonly directory: string | undefined;
  readonly format: 'text' | 'json' | 'markdown';
  readonly out?: string;
  readonly detailedExitcode?: boolean;
  readonly summary?: boolean;
  readonly maxBytes?: number;
}

/** Shows how manifests differ from those of a commit. Reads files and the objects of the checkout: neither the API nor a ledger. */
export async function compareCommand(session: Session, options: CompareOptions): Promise<number> {
  assertWhole(session, options);
  return eachAccount(session, async (config) => {
    const found = await manifestsAt(session, config, options.against);
    showProblems(found.after.problems, found.directory, session.context);
    const comparison = compareManifests(found.before, found.after);
    session.context.stdout.write(textOf(comparison, found, { session, config, options }));
    return worstCode([
      countErrors(found.after.problems) > 0 ? exitCodes.invalid : exitCodes.done,
      options.detailedExitcode === true && differs(comparison) ? exitCodes.changes : exitCodes.done,
    ]);
  });
}

/** All manifests are compared, and there is nothing to apply. @throws {ReconcilerError} E_USAGE */
function assertWhole({ config }: Session, options: CompareOptions): void {
  const { out, only, selector, allowDeletes, allowUpdates, allowCreates, allowRemovals, allowLinked } = options;
  const given = { out, only, selector, allowDeletes, allowUpdates, allowCreates, allowRemovals, allowLinked };
  const [name] = Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  if (name === undefined && (options.directory === undefined || config.file === undefined)) return;
  const flag =
    name === undefined ? options.directory : `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new ReconcilerError('E_USAGE', {
    message: `${flag} does not go with --against, which compares all manifests of an account`,
  });
}

/** What cannot be compared may differ. */
function differs({ differences, incomparable }: Comparison): boolean {
  return differences.length + incomparable.length > 0;
}

interface Shown {
  readonly session: Session;
  readonly config: AccountConfig;
  readonly options: CompareOptions;
}

function textOf(comparison: Comparison, found: ManifestsAt, { session, config, options }: Shown): string {
  const { context, color } = session;
  const revision = options.against;
  const directory = relative(context.cwd, found.directory) || '.';
  const { commit } = found;
  const about = { ...accountLabel(session, config), directory, revision, commit, summary: options.summary === true };
  switch (options.format) {
    case 'text':
      return comparisonText(comparison, { ...about, color, columns: columnsOf(context.stdout, context) });
    case 'json': {
      const against = { revision, commit };
      return jsonText(comparisonDocument(comparison, { program: version, account: config.name, directory, against }));
    }
    case 'markdown': {
      const maxBytes = options.maxBytes ?? mostMarkdownBytes;
      return comparisonMarkdown(comparison, { ...about, name: config.name, maxBytes });
    }
  }
}
