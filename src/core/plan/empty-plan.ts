import type { Plan } from './plan.ts';

/** A plan in which nothing was seen and nothing is to do. */
export const emptyPlan: Plan = {
  root: '',
  revision: '',
  serial: 0,
  changes: [],
  skips: [],
  guards: [],
  notices: [],
  problems: [],
  listing: { count: 0, ids: new Set(), hash: '' },
  vanished: { meant: 0, missing: 0, unconfirmed: 0, known: 0, live: 0 },
  looks: [],
  notes: [],
};
