import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../json.ts';
import type { Switches } from './switches.ts';

/** One wrong member or parameter, by its dotted name. */
export interface InvalidParameter {
  readonly name: string;
  readonly reason: string;
}

/** A member the server does not know, and those it does in its place. */
export interface UnknownMember {
  readonly name: string;
  readonly known: readonly string[];
}

/** Every error the emulator answers. */
export type Problem =
  | { readonly kind: 'unauthorized' | 'accept-header' | 'content-type-header' | 'invalid-json' | 'rate-limit' }
  | { readonly kind: 'internal-error' | 'unknown-path' }
  | { readonly kind: 'not-found'; readonly id: string }
  | { readonly kind: 'wrong-verb'; readonly verb: string; readonly allowed: readonly string[] }
  | { readonly kind: 'list-validation' | 'payload-validation'; readonly invalid: readonly InvalidParameter[] }
  | { readonly kind: 'unknown-member'; readonly unknown: UnknownMember }
  | { readonly kind: 'status'; readonly status: number; readonly id?: string };

interface ProblemText {
  readonly status: number;
  readonly fragment: string;
  readonly title: string;
  readonly detail: string;
  readonly invalid?: readonly InvalidParameter[];
}

/** The status and body of an error, with an `instance` of its own. Texts: Vonage's Application API v2 reference. */
export function problemDocument(problem: Problem, switches: Switches): { status: number; body: JsonObject } {
  const { status, fragment, title, detail, invalid } = textOf(problem, switches.errorHost);
  const type = `https://${switches.errorHost}/api-errors${fragment}`;
  const instance = randomUUID();
  // The one body recorded from the live API has its members in this order (vonage-dotnet-sdk issue 625).
  if (problem.kind === 'unknown-member') return { status, body: { type, instance, title, detail } };
  const parameters = invalid?.map(({ name, reason }) => ({ name, reason }));
  return {
    status,
    body: { type, title, detail, ...(parameters ? { invalid_parameters: parameters } : {}), instance },
  };
}

type FixedKind =
  | 'unauthorized'
  | 'accept-header'
  | 'content-type-header'
  | 'invalid-json'
  | 'rate-limit'
  | 'internal-error';

const FIXED: Readonly<Record<FixedKind | 'unknown-path', ProblemText>> = {
  unauthorized: {
    status: 401,
    fragment: '#unauthorized',
    title: 'Invalid credentials supplied',
    detail: 'You did not provide correct credentials.',
  },
  'accept-header': {
    status: 406,
    fragment: '#accept-header',
    title: 'Invalid Accept header',
    detail: "Invalid Accept header provided. Must be one of the following: 'application/json'",
  },
  'content-type-header': {
    status: 415,
    fragment: '#content-type-header',
    title: 'Unsupported Content-Type header',
    detail: "Unsupported Content-Type header provided. Must be one of the following: 'application/json'",
  },
  'invalid-json': {
    status: 400,
    fragment: '#invalid-json',
    title: 'Malformed JSON',
    detail: 'Malformed JSON payload.',
  },
  'rate-limit': {
    status: 429,
    fragment: '/application#rate-limit',
    title: 'Rate Limit Hit',
    detail: 'Please wait, then retry your request',
  },
  'internal-error': {
    status: 500,
    fragment: '#internal-error',
    title: 'Internal Error',
    detail: 'An internal error occurred. Please try again shortly',
  },
  'unknown-path': { status: 404, fragment: '#not-found', title: 'Not Found', detail: 'There is nothing at this path' },
};

function textOf(problem: Problem, host: string): ProblemText {
  switch (problem.kind) {
    case 'not-found':
      return notFound(problem.id);
    case 'wrong-verb':
      return {
        status: 405,
        fragment: '#wrong-verb',
        title: 'Request method not allowed',
        detail: `Request method '${problem.verb}' not supported`,
      };
    case 'list-validation':
    case 'payload-validation':
      return { ...badRequest(problem.kind), invalid: problem.invalid };
    case 'unknown-member':
      return { ...badRequest('payload-validation'), detail: unknownMemberDetail(problem.unknown, host) };
    case 'status':
      return byStatus(problem.status, problem.id);
    default:
      return FIXED[problem.kind];
  }
}

function notFound(id: string): ProblemText {
  const detail = `ID '${id}' does not exist, or you do not have access`;
  return { status: 404, fragment: '#not-found', title: 'Not Found', detail };
}

function badRequest(code: 'list-validation' | 'payload-validation'): ProblemText {
  const detail = 'The request failed due to validation errors';
  return { status: 400, fragment: `/application#${code}`, title: 'Bad Request', detail };
}

/** The closing `])` without an opening bracket is in the recorded body, too. */
function unknownMemberDetail({ name, known }: UnknownMember, host: string): string {
  const names = known.map((member) => `"${member}"`).join(', ');
  const properties = `${known.length} known properties: ${names}`;
  return `${name} is not a known json property (${properties}]) : please see https://${host}/api/application.v2`;
}

/** The body for an injected status: the API's own where it has one, a gateway's otherwise. */
function byStatus(status: number, id: string | undefined): ProblemText {
  if (status === 404 && id !== undefined) return notFound(id);
  const own = Object.values(FIXED).find((text) => text.status === status && status !== 400);
  if (own !== undefined) return own;
  return { status, fragment: `#${status}`, title: 'Error', detail: `The request ended with status ${status}` };
}
