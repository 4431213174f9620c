import type { Context } from 'hono';
import type { ApiToken, TokenKind } from '../config/tokens.ts';

/** What it takes to use a route. */
export type Role = 'read' | 'plan' | 'sync' | 'act' | 'approve';

/** Every route below /api/v1, and the role that it takes: what is not here does not exist. */
export const routes = [
  { route: 'GET /status', role: 'read' },
  { route: 'GET /accounts/:account', role: 'read' },
  { route: 'GET /accounts/:account/applications/:name', role: 'read' },
  { route: 'GET /plan', role: 'read' },
  { route: 'GET /history', role: 'read' },
  { route: 'POST /plan', role: 'plan' },
  { route: 'POST /sync', role: 'sync' },
  { route: 'POST /pause', role: 'act' },
  { route: 'POST /resume', role: 'act' },
  { route: 'POST /approve', role: 'approve' },
] as const satisfies readonly { readonly route: `${'GET' | 'POST'} /${string}`; readonly role: Role }[];

/** A route below /api/v1. */
type Route = (typeof routes)[number]['route'];

/** Who asks, as their token says. */
export interface Caller {
  /** The setting that has the token, such as daemon.token. */
  readonly setting: string;
  /** The only sources whose accounts the caller may have planned, and may be told of; undefined where that is all. */
  readonly sources: readonly string[] | undefined;
}

/** What a route does. */
type Handler = (c: Context, caller: Caller) => Response | Promise<Response>;

/** What all routes do. */
export type Handlers = Readonly<Record<Route, Handler>>;

/** The roles that each token has. The one that acts never approves: who can write a pull request may have it in a pipeline. */
const rolesOf: Readonly<Record<TokenKind, readonly Role[]>> = {
  act: ['read', 'plan', 'sync', 'act'],
  read: ['read'],
  sync: ['sync'],
  approve: ['approve'],
  plan: ['plan'],
};

/** Whether a token has a role. */
export function hasRole({ kind }: ApiToken, role: Role): boolean {
  return rolesOf[kind].includes(role);
}

/** The settings of the tokens that have a role, for people. */
export const settingsOf: Readonly<Record<Role, string>> = {
  read: 'daemon.token or daemon.readToken',
  plan: 'daemon.token or the planToken of its source',
  sync: 'daemon.token or daemon.syncToken',
  act: 'daemon.token',
  approve: 'daemon.approveToken',
};
