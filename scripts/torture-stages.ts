/** What is done to the account, one stage after another, and how to see from outside whether it is done. */
import type { LiveApplication } from './torture-account.ts';
import { drawFrom, faultRules, type Verb } from './torture-faults.ts';
import { drawKill, drawKillOfCreates, drawKillOfRotation, type KillPlan, type Left } from './torture-kill.ts';
import type { Manifests } from './torture-manifests.ts';

/** What the stages are called, in their order. */
export const titles = ['creates', 'updates', 'renames', 'deletes', 'rotations'] as const;

/** What a stage is called. */
export type Title = (typeof titles)[number];

/** The kind of request that writes in a stage; a stage sends no other writes. */
export const verbOf: Readonly<Record<Title, Verb>> = {
  creates: 'POST',
  updates: 'PUT',
  renames: 'PUT',
  deletes: 'DELETE',
  rotations: 'PUT',
};

/** One stage, as drawn from the seed. */
export interface Stage {
  readonly title: Title;
  /** Numbers of the manifests it is about. */
  readonly numbers: readonly number[];
  /** So often a command of it is killed; creates are killed so often even if they end before. */
  readonly kills: number;
  readonly faults: readonly string[];
}

/** What stages are drawn for. */
export interface Size {
  readonly manifests: number;
  /** Kills of the creates; other stages have fewer. */
  readonly kills: number;
  /** Pages of a listing. */
  readonly pages: number;
  /** Ids of applications of others that another writer may delete; every stage has its share. */
  readonly victims: readonly string[];
}

/** Draws what each stage is about and what goes wrong in it: half is updated, an eighth renamed, an eighth deleted, some rotated. */
export function drawStages(random: () => number, { manifests, kills, pages, victims }: Size): readonly Stage[] {
  const all = Array.from({ length: manifests }, (_, index) => index + 1);
  const deleted = drawFrom(random, all, part(manifests, 8));
  const kept = all.filter((number) => !deleted.includes(number));
  const numbers: Readonly<Record<Title, readonly number[]>> = {
    creates: all,
    updates: drawFrom(random, all, part(manifests, 2)),
    renames: drawFrom(random, all, part(manifests, 8)),
    deletes: deleted,
    rotations: drawFrom(random, kept, part(manifests, 20)),
  };
  const killsOf: Readonly<Record<Title, number>> = {
    creates: kills,
    updates: part(kills, 2.5),
    renames: part(kills, 4),
    deletes: part(kills, 4),
    rotations: 1,
  };
  const perStage = Math.floor(victims.length / titles.length);
  return titles.map((title, index) => ({
    title,
    numbers: numbers[title],
    kills: killsOf[title],
    faults: faultRules(random, {
      verb: verbOf[title],
      stormsEvery: stormsEvery[title],
      pages,
      victims: victims.slice(index * perStage, (index + 1) * perStage),
    }),
  }));
}

/** The fewer requests a stage has, the sooner its storms come. */
const stormsEvery: Readonly<Record<Title, number>> = {
  creates: 250,
  updates: 200,
  renames: 100,
  deletes: 100,
  rotations: 50,
};

function part(all: number, by: number): number {
  return Math.max(1, Math.round(all / by));
}

/** When to kill next. */
export function killOf({ title }: Stage, random: () => number, left: Left): KillPlan {
  if (title === 'creates') return drawKillOfCreates(random, left);
  return title === 'rotations' ? drawKillOfRotation(random) : drawKill(random, left);
}

/** Changes the manifests as the stage asks. */
export function changeManifests({ title, numbers }: Stage, manifests: Manifests): void {
  for (const number of numbers) {
    if (title === 'updates') manifests.update(number);
    if (title === 'renames') manifests.rename(number);
    if (title === 'deletes') manifests.remove(number);
  }
}

/** The command lines of the stage, one after another; for creates, updates, renames and deletes there is one. */
export function commandsOf({ title, numbers }: Stage, manifests: Manifests): readonly (readonly string[])[] {
  if (title !== 'rotations') return [['apply', '--yes']];
  return numbers.map((number) => ['rotate-key', manifests.of(number).name, '--yes']);
}

/** How an application was before a stage. */
export interface Before {
  readonly id: string;
  readonly publicKey: string | undefined;
}

/** How many manifests of the stage have not had their way yet; `before` says how their applications were when it began. */
export function countLeft(
  { title, numbers }: Stage,
  manifests: Manifests,
  before: ReadonlyMap<number, Before>,
  live: readonly LiveApplication[],
): number {
  const byId = new Map(live.map((application) => [application.id, application]));
  const names = new Set(live.map(({ name }) => name));
  const isDone: Readonly<Record<Title, (number: number, now: LiveApplication | undefined) => boolean>> = {
    creates: (number) => names.has(manifests.of(number).name),
    updates: (number, now) => webhookOf(now) === manifests.of(number).webhook,
    renames: (number, now) => now?.name === manifests.of(number).name,
    deletes: (_number, now) => now === undefined,
    rotations: (number, now) => now?.keys.public_key !== before.get(number)?.publicKey,
  };
  return numbers.filter((number) => !isDone[title](number, byId.get(before.get(number)?.id ?? ''))).length;
}

/** Where the only webhook of a live application points to. */
export function webhookOf(application: LiveApplication | undefined): string | undefined {
  return application?.capabilities?.voice?.webhooks?.event_url?.address;
}
