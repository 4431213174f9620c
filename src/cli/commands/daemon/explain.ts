import { lookingAt, openLooking } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import { accountStore } from '../../../app/daemon/daemon-accounts.ts';
import { DaemonClient, type DaemonOptions } from '../../../app/daemon/daemon-client.ts';
import { reportError } from '../../../app/report-error.ts';
import type { CommonOptions, Session } from '../../../app/session.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { jsonText } from '../../../core/render/visible.ts';
import { yamlText } from '../../../core/render/yaml-text.ts';
import { lookAt } from '../../../pass/look.ts';
import { activePauses } from '../../../pass/pauses.ts';
import { type Explanation, explanationSchema, statusSchema } from '../../../status/documents.ts';
import { explainFrom } from '../../../status/explain.ts';
import { columnsOf } from '../../columns-of.ts';
import { renderExplanation } from './explain-text.ts';

/** Options of `explain`. */
export interface ExplainOptions extends CommonOptions, DaemonOptions {
  readonly format: 'text' | 'json' | 'yaml';
}

/** Says everything about one application: by the daemon, else from ledger and a fresh plan. Reads only. */
export async function explainCommand(name: string, options: ExplainOptions, context: CliContext): Promise<number> {
  const session = await openLooking(context, options);
  const { found, errors } = await look(session, name, options);
  const [first] = errors;
  if (found.length === 0 && first !== undefined) throw first.error;
  if (found.length === 0) {
    const reason = 'not found in the manifests, the ledger or the account';
    throw new ReconcilerError('E_NOT_FOUND', { what: name, reason });
  }
  for (const explanation of found) {
    context.stdout.write(textOf(explanation, options.format, session));
  }
  // What one account cannot say keeps none of the others from saying it.
  for (const { error, account } of errors) reportError(error, context, account);
  return errors.length === 0 ? exitCodes.done : exitCodes.error;
}

interface Look {
  readonly found: readonly Explanation[];
  readonly errors: readonly { readonly account: string; readonly error: ReconcilerError }[];
}

async function look(session: Session, name: string, options: ExplainOptions): Promise<Look> {
  const asked = await fromDaemon(session, name, options);
  return asked === undefined ? fromPlan(session, name) : { found: asked, errors: [] };
}

function textOf(explanation: Explanation, format: ExplainOptions['format'], { color, context }: Session): string {
  switch (format) {
    case 'text':
      return renderExplanation(explanation, { color, columns: columnsOf(context.stdout, context) });
    case 'json':
      return jsonText(explanation);
    case 'yaml':
      return `---\n${yamlText(JSON.parse(JSON.stringify(explanation)))}`; // several accounts are several documents
  }
}

async function fromDaemon(
  session: Session,
  name: string,
  options: ExplainOptions,
): Promise<readonly Explanation[] | undefined> {
  const client = new DaemonClient(session, options);
  const status = await client.get('/api/v1/status', statusSchema);
  const here = status?.accounts.filter(({ account, standby }) => standby === null && isChosen(session, account));
  if (here === undefined || here.length === 0) return undefined;
  const asked = here.map(async ({ account }) => {
    const path = `/api/v1/accounts/${encodeURIComponent(account)}/applications/${encodeURIComponent(name)}`;
    return client.get(path, explanationSchema).catch((error: unknown) => {
      if (error instanceof ReconcilerError && error.code === 'E_NOT_FOUND') return undefined;
      throw error;
    });
  });
  return (await Promise.all(asked)).flatMap((explanation) => explanation ?? []);
}

function isChosen({ accounts }: Session, account: string): boolean {
  return accounts.some(({ name }) => name === account);
}

async function fromPlan(session: Session, name: string): Promise<Look> {
  const { clock, stop } = session.context;
  const found: Explanation[] = [];
  const errors: { readonly account: string; readonly error: ReconcilerError }[] = [];
  for (const config of session.accounts) {
    try {
      const store = accountStore(session, config.name);
      const pauses = activePauses(await store.pauses.load(), clock.now());
      const context = { status: undefined, history: await store.history.read() };
      const one = await lookingAt(session, config, async (account) => {
        const look = await lookAt(account, pauses, stop);
        return explainFrom(name, look, context, (id) => account.ports.api.get(id, stop));
      });
      if (one !== undefined) found.push(one);
    } catch (error) {
      if (!(error instanceof ReconcilerError) || stop.aborted) throw error;
      errors.push({ account: config.name, error });
    }
  }
  return { found, errors };
}
