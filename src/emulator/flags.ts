import { type Switches, switchesSchema } from './applications/switches.ts';
import { parseAction } from './faults/fault-action-text.ts';
import { FAULT_KINDS, type FaultMatch, type FaultRule, faultRuleSchema } from './faults/fault-rule.ts';
import { UNITS_MS } from './faults/period.ts';
import type { RateLimit } from './rate-limit.ts';

/** A command line flag that does not say what we can understand; the message names the offending part and the remedy. */
export class FlagError extends Error {
  override readonly name = 'FlagError';
}

/** Read `30/s`, `100/m`, `5/500ms`: requests, a slash, a period. @throws {FlagError} */
export function parseRateLimit(text: string): RateLimit {
  const [, requests, count, unit] = /^(\d+)\/(\d*)(ms|s|m|h)$/.exec(text.trim()) ?? [];
  const perMs = Number(count || '1') * (UNITS_MS[unit ?? ''] ?? 0);
  if (requests === undefined || Number(requests) === 0 || perMs === 0) {
    throw new FlagError(`rate limit "${text}": expected REQUESTS/PERIOD, for example 30/s, 100/m or 5/500ms`);
  }
  return { requests: Number(requests), perMs };
}

/** Read `NAME=VALUE` into a switch. @throws {FlagError} */
export function parseSwitch(text: string): Partial<Switches> {
  const separator = text.indexOf('=');
  const name = separator < 0 ? text : text.slice(0, separator);
  const names = Object.keys(switchesSchema.shape);
  if (!names.includes(name)) {
    throw new FlagError(`switch "${text}": unknown switch "${name}"; expected one of: ${names.join(', ')}`);
  }
  if (separator < 0) throw new FlagError(`switch "${text}": expected ${name}=VALUE`);
  const value = scalar(text.slice(separator + 1));
  const parsed = switchesSchema.safeParse({ [name]: value });
  if (!parsed.success) throw new FlagError(`switch "${text}": ${expectedText(parsed.error.issues[0]?.message)}`);
  return Object.fromEntries(Object.entries(parsed.data).filter(([key]) => key === name));
}

/** The schema's words without its start: `expected one of "reject"|"accept"`. */
function expectedText(message = 'not a value of this switch'): string {
  return message.replace(/^Invalid (option|input): /, '');
}

function scalar(text: string): boolean | number | string {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^\d+$/.test(text) ? Number(text) : text;
}

/**
 * Read a fault rule: `VERB[@PATH]:KIND[=ARGUMENT[,ARGUMENT]][:WHEN]...`
 *
 * - `VERB`: an HTTP verb or `*`; `PATH`: a regular expression over path and query, without colons.
 * - `KIND[=ARGUMENT]`: as the table in docs/emulator.md#kinds-of-faults has them.
 * - `WHEN`, all must hold: `30%` chance, `x3` at most three times, `#2` only the second matching request,
 *   `>5` only after the first five.
 *
 * Examples: `POST:timeout-after:30%`, `GET@page=2:reset-before:x1`, `*:status=503,2:#4`, `PUT:html=504,after:x1`.
 * @throws {FlagError} naming the part that is wrong
 */
export function parseFault(text: string): FaultRule {
  const [target = '', action = '', ...conditions] = text.split(':');
  const fail = (problem: string): FlagError => new FlagError(`fault "${text}": ${problem}`);
  if (action === '') throw fail(`expected VERB[@PATH]:KIND[=ARGUMENT][:WHEN], such as ${exampleFor(target)}`);
  const match: Record<string, unknown> = parseTarget(target, fail);
  for (const condition of conditions) Object.assign(match, parseCondition(condition, fail));
  const parsed = faultRuleSchema.safeParse({ match, action: parseAction(action, fail) });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw fail(`${issue?.path.slice(1).join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
}

/** `POST` alone lacks a kind; `latency=200ms` alone lacks a verb. */
function exampleFor(target: string): string {
  const isKind = FAULT_KINDS.some((kind) => kind === target.replace(/=.*/s, ''));
  return isKind ? `*:${target}` : 'POST:reset-after:x1 (docs/emulator.md lists the kinds)';
}

type Fail = (problem: string) => FlagError;

function parseTarget(target: string, fail: Fail): FaultMatch {
  const at = target.indexOf('@');
  const verb = at < 0 ? target : target.slice(0, at);
  if (!/^([A-Z]+|\*)$/i.test(verb)) throw fail(`expected an HTTP verb or *, found "${verb}"`);
  return {
    ...(verb === '*' ? {} : { verb: verb.toUpperCase() }),
    ...(at < 0 ? {} : { path: target.slice(at + 1) }),
  };
}

function parseCondition(text: string, fail: Fail): FaultMatch {
  const number = Number(text.replace(/^[x#>]|%$/g, ''));
  if (/^\d+(\.\d+)?%$/.test(text)) return { probability: number / 100 };
  if (/^x\d+$/.test(text)) return { times: number };
  if (/^#\d+$/.test(text)) return { nth: number };
  if (/^>\d+$/.test(text)) return { after: number };
  throw fail(`expected 30%, x3, #2 or >5, found "${text}"`);
}
