import { lookingAt, openLooking } from '../../../app/account-command.ts';
import type { CliContext } from '../../../app/context.ts';
import { accountStore } from '../../../app/daemon/daemon-accounts.ts';
import type { DaemonOptions } from '../../../app/daemon/daemon-client.ts';
import { type DaemonSession, openDaemonSession } from '../../../app/daemon/daemon-session.ts';
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
  const daemon = await openDaemonSession(context, options, (own) => openLooking(context, own));
  const { found, errors } = await look(daemon, name);
  const [first] = errors;
  if (found.length === 0 && first !== undefined) throw first.error;
  if (found.length === 0) {
    const reason = 'not found in the manifests, the ledger or the account';
    throw new ReconcilerError('E_NOT_FOUND', { what: name, reason });
  }
  for (const explanation of found) {
    context.stdout.write(textOf(explanation, options.format, daemon.session));
  }
  // What one account cannot say keeps none of the others from saying it.
  for (const { error, account } of errors) reportError(error, context, account);
  return errors.length === 0 ? exitCodes.done : exitCodes.error;
}

interface Look {
  readonly found: readonly Explanation[];
  readonly errors: readonly { readonly account: string; readonly error: ReconcilerError }[];
}

async function look(daemon: DaemonSession, name: string): Promise<Look> {
  const asked = await fromDaemon(daemon, name);
  return asked === undefined ? fromPlan(daemon.session, name) : { found: asked, errors: [] };
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
  { client, choose }: DaemonSession,
  name: string,
): Promise<readonly Explanation[] | undefined> {
  const status = await client.get('/api/v1/status', statusSchema);
  const chosen = status && choose(status.accounts);
  const here = chosen?.filter(({ standby }) => client.named || standby === null);
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
        const { api, numbers } = account.ports;
        const look = await lookAt(account, pauses, stop, numbers);
        const known = { ...context, numbers: await numbers?.read(stop) };
        return explainFrom(name, look, known, (id) => api.get(id, stop));
      });
      if (one !== undefined) found.push(one);
    } catch (error) {
      if (!(error instanceof ReconcilerError) || stop.aborted) throw error;
      errors.push({ account: config.name, error });
    }
  }
  return { found, errors };
}
