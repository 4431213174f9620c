import { join } from 'node:path';
import { ReconcilerError } from '../core/errors.ts';
import type { Plan } from '../core/plan/plan.ts';
import { namesAndIdOf, type Pausable } from '../core/plan/selection.ts';
import { plural } from '../core/plural.ts';
import { quoted, visible } from '../core/render/visible.ts';
import { PauseGate } from '../pass/pause-gate.ts';
import { activePauses, describePause, type PauseStore, type Pauses, pausedByPerson, pauseOf } from '../pass/pauses.ts';
import type { AccountCommand, WritingOptions } from './account-command.ts';
import type { AccountPorts } from './open-account.ts';
import { pauseFile } from './pause-file.ts';
import type { Session } from './session.ts';

/** Options of commands that a pause binds. */
export interface PauseOverride {
  /** Do what is paused all the same. */
  readonly ignorePause?: boolean;
}

/** What is paused in an account now. A pause whose time is over binds nothing, whether or not a daemon runs that would remove it. */
export async function pausesNow(session: Session, account: string): Promise<Pauses> {
  return activePauses(await storeOf(session, account).load(), session.context.clock.now());
}

/** The account with its pauses in force: in the plan, and again before each change starts. */
export function boundByPauses(session: Session, account: AccountPorts, pauses: Pauses): AccountPorts {
  const { ports, config } = account;
  const gate = new PauseGate({ store: storeOf(session, config.name), clock: ports.clock, log: ports.log });
  return { ...account, ports: { ...ports, rules: { ...ports.rules, paused: pausedByPerson(pauses) }, gate } };
}

function storeOf({ state, context }: Session, account: string): PauseStore {
  return pauseFile(join(state.directory, account), context.clock);
}

/** What pauses keep a run from doing, and how to do it; empty where they keep nothing from it. */
export function heldBackText({ skips }: Plan): string {
  const count = skips.filter(({ heldBack }) => heldBack === true).length;
  if (count === 0) return '';
  return `${plural(count, 'change is', 'changes are')} held back by a pause: end it with "resume", or pass --ignore-pause.\n`;
}

/** @throws {ReconcilerError} E_PAUSED when a pause binds a command about this application, and the options do not say to ignore it */
export async function assertNotPaused(
  { session, account, options }: AccountCommand<WritingOptions & PauseOverride>,
  subject: Pausable,
): Promise<void> {
  if (options.ignorePause === true) return;
  const pause = pauseOf(await pausesNow(session, account.config.name), namesAndIdOf(subject));
  if (pause !== undefined) throw new ReconcilerError('E_PAUSED', { what: subject.name, pause: describePause(pause) });
}

/**
 * Says and records which pauses are ignored for the sake of these applications; right before the first of them is written to.
 * @throws {ReconcilerError} E_STATE_UNUSABLE, E_LOCK_LOST
 */
export async function recordIgnored(
  session: Session,
  { config, ledger }: AccountPorts,
  command: string,
  subjects: readonly Pausable[],
): Promise<void> {
  const pauses = await pausesNow(session, config.name);
  const own = { applications: pauses.applications };
  const ofAccount = subjects.length > 0 && pauses.account !== undefined ? [{ pause: pauses.account }] : [];
  const ofApplications = subjects.flatMap((subject) => {
    const pause = pauseOf(own, namesAndIdOf(subject));
    return pause === undefined ? [] : [{ pause, subject }];
  });
  for (const { pause, subject } of [...ofAccount.map((one) => ({ ...one, subject: undefined })), ...ofApplications]) {
    const about = subject === undefined ? `account ${config.name}` : quoted(subject.name);
    session.context.stderr.write(`Ignoring a pause: ${about} is ${visible(describePause(pause))}.\n`);
    const { name, id } = subject ?? {};
    const named = { ...(name === undefined ? {} : { name }), ...(id === undefined ? {} : { id }) };
    const at = session.context.clock.now();
    await ledger.appendHistory({ at, event: 'pause-ignored', command, pause: describePause(pause), ...named });
  }
}
