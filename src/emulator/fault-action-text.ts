import { FAULT_KINDS, type FaultAction } from './fault-rule.ts';
import { UNITS_MS } from './period.ts';

/** Makes the error to throw for a problem. */
type Fail = (problem: string) => Error;

/** Read `KIND[=ARGUMENT[,ARGUMENT]]`, the middle part of a fault rule. @throws what `fail` makes of the part that is wrong */
export function parseAction(text: string, fail: Fail): FaultAction {
  const [, name = '', argument] = /^([^=]*)(?:=(.*))?$/.exec(text) ?? [];
  const kind = FAULT_KINDS.find((known) => known === name);
  if (kind === undefined) throw fail(`unknown kind "${name}"; expected one of: ${FAULT_KINDS.join(', ')}`);
  switch (kind) {
    case 'status':
    case 'html':
      return answered(kind, argument, fail);
    case 'latency':
    case 'lag':
      return { kind, ms: period(argument, fail) };
    case 'stale-list':
      if (argument === undefined) return { kind };
      return /^\d+$/.test(argument) ? { kind, requests: Number(argument) } : { kind, ms: period(argument, fail) };
    case 'page-shift':
      return argument === undefined ? { kind } : { kind, victim: argument };
    case 'gateway-404':
      if (argument === undefined) return { kind };
      if (argument !== 'spring') throw fail(`${kind} does not take "${argument}"`);
      return { kind, style: argument };
    case 'total':
      return { kind, ...total(argument, fail) };
    case 'short-page':
      return argument === undefined ? { kind } : { kind, items: wholeNumber(argument, fail) };
    case 'foreign-body':
    case 'stale-body':
    case 'not-stored':
    case 'no-key':
    case 'other-key':
    case 'id-404':
    case 'empty-account':
    case 'reset-before':
    case 'reset-after':
    case 'timeout-after':
    case 'truncate':
    case 'foreign-writer':
      if (argument !== undefined) throw fail(`${kind} takes no argument, found "${argument}"`);
      return { kind };
  }
}

const STATUS = { status: /^[45]\d\d$/, html: /^([45]\d\d|20[01236])$/ };
const RANGE = { status: 'from 400 to 599', html: 'from 400 to 599, or 200, 201, 202, 203 or 206' };

function answered(kind: 'status' | 'html', argument: string | undefined, fail: Fail): FaultAction {
  const [code = '', ...rest] = (argument ?? '').split(',');
  if (!STATUS[kind].test(code)) throw fail(`${kind} needs a status ${RANGE[kind]}, for example ${kind}=503`);
  const status = Number(code);
  const after = rest.includes('after') ? { afterCommit: true } : {};
  const [retryAfter, extra] = rest.filter((part) => part !== 'after');
  if (extra !== undefined || (kind === 'html' && retryAfter !== undefined)) {
    throw fail(`${kind} does not take "${extra ?? retryAfter}"`);
  }
  if (kind === 'html' || retryAfter === undefined) return { kind, status, ...after };
  return { kind, status, ...after, retryAfter: /^\d+$/.test(retryAfter) ? Number(retryAfter) : retryAfter };
}

function wholeNumber(text: string, fail: Fail): number {
  if (!/^\d+$/.test(text)) throw fail(`expected a whole number, found "${text}"`);
  return Number(text);
}

/** A number as it is, any text in quotes as text, or none. */
function total(text: string | undefined, fail: Fail): { items?: number | string } {
  if (text === 'none') return {};
  const [, quoted] = /^"(.*)"$/.exec(text ?? '') ?? [];
  if (quoted !== undefined) return { items: quoted };
  if (!/^-?\d+(\.\d+)?$/.test(text ?? ''))
    throw fail(`expected a number such as 250 or "250", or none, found "${text ?? ''}"`);
  return { items: Number(text) };
}

function period(text: string | undefined, fail: Fail): number {
  const [, count, unit] = /^(\d+)(ms|s|m|h|d)?$/.exec(text ?? '') ?? [];
  if (count === undefined) throw fail(`expected a period such as 200ms or 2s, found "${text ?? ''}"`);
  return Number(count) * (UNITS_MS[unit ?? 'ms'] ?? 1);
}
