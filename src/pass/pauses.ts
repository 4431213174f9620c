import type { PausedByPerson } from '../core/plan/selection.ts';

/** One pause. */
export interface Pause {
  /** Why, for display. */
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** When it expires, in milliseconds since 1970; absent: when it is resumed. */
  readonly until?: number | undefined;
  /** Made by what is in the place of the file of pauses and cannot be read: `resume` does not end it. */
  readonly isBroken?: true;
}

/** What is paused in one account. */
export interface Pauses {
  readonly account?: Pause | undefined;
  readonly applications: Readonly<Record<string, Pause>>;
}

/** Nothing is paused. */
export const noPauses: Pauses = { applications: {} };

/** Where pauses are kept. What cannot be read pauses the whole account: somebody meant to pause something. */
export interface PauseStore {
  load(): Promise<Pauses>;
  /**
   * Loads, changes and saves while nobody else does, and responds with what is paused then: it is on the disk. What is over is left
   * out before the change.
   * @throws {ReconcilerError} E_LOCK_HELD, E_LOCK_LOST, E_STATE_UNUSABLE; E_REFUSED where the change would replace what cannot be understood
   */
  change(change: (pauses: Pauses) => Pauses): Promise<Pauses>;
}

/** The pauses that are not over. */
export function activePauses(pauses: Pauses, now: number): Pauses {
  const isActive = (one: Pause) => !isOver(one, now);
  const applications = Object.entries(pauses.applications).filter(([, one]) => isActive(one));
  const account = pauses.account !== undefined && isActive(pauses.account) ? { account: pauses.account } : {};
  return { ...account, applications: Object.fromEntries(applications) };
}

/** Whether one of them is over. */
export function isPauseOver({ account, applications }: Pauses, now: number): boolean {
  return [account, ...Object.values(applications)].some((one) => one !== undefined && isOver(one, now));
}

function isOver({ until }: Pause, now: number): boolean {
  return until !== undefined && until <= now;
}

/** The pause that an application with one of these names or ids is under; undefined when there is none. */
export function pauseOf({ account, applications }: Pauses, keys: readonly string[]): Pause | undefined {
  const key = keys.find((one) => Object.hasOwn(applications, one));
  return account ?? (key === undefined ? undefined : applications[key]);
}

/** As plans are made with it. */
export function pausedByPerson({ account, applications }: Pauses): PausedByPerson {
  return {
    ...(account === undefined ? {} : { account: describePause(account) }),
    applications: new Map(Object.entries(applications).map(([key, pause]) => [key, describePause(pause)])),
  };
}

/** With one more; without a name the whole account. */
export function withPause(pauses: Pauses, name: string | undefined, added: Pause): Pauses {
  if (name === undefined) return { ...pauses, account: added };
  return { ...pauses, applications: { ...pauses.applications, [name]: added } };
}

/** Without those of the names and ids; without any given nothing stays paused. */
export function withoutPause(pauses: Pauses, keys: readonly string[] | undefined): Pauses {
  if (keys === undefined) return noPauses;
  const applications = Object.entries(pauses.applications).filter(([paused]) => !keys.includes(paused));
  return { ...pauses, applications: Object.fromEntries(applications) };
}

/** Whether anything is paused. */
export function isAnyPaused({ account, applications }: Pauses): boolean {
  return account !== undefined || Object.keys(applications).length > 0;
}

/** `paused until 2026-01-02T03:04:05.000Z: INC-42`. */
export function describePause(pause: Pause): string {
  const { reason } = pause;
  return `paused ${pauseEnd(pause)}${reason === '' ? '' : `: ${reason}`}`;
}

/** `until resumed`, or until when. */
export function pauseEnd({ until, isBroken }: Pause): string {
  if (isBroken) return 'until the file is fixed or removed';
  return until === undefined ? 'until resumed' : `until ${new Date(until).toISOString()}`;
}
