import { FAULT_KINDS, type FaultAction } from './fault-rule.ts';
import { UNITS_MS } from './period.ts';

/** Makes the error to throw for a problem. */
type Fail = (problem: string) => Error;

/** Reads what stands behind `KIND=`, undefined if nothing does, into the members an action has besides its kind. */
type Reader = (argument: string | undefined, fail: Fail, kind: FaultAction['kind']) => object;

/**
 * Read `KIND[=ARGUMENT[,ARGUMENT]]`, the middle part of a fault rule; ranges are the schema's to check.
 * @throws what `fail` makes of the part that is wrong
 */
export function parseAction(text: string, fail: Fail): object {
  const [, name = '', argument] = /^([^=]*)(?:=(.*))?$/.exec(text) ?? [];
  const kind = FAULT_KINDS.find((known) => known === name);
  if (kind === undefined) throw fail(`unknown kind "${name}"; expected one of: ${FAULT_KINDS.join(', ')}`);
  return { kind, ...READERS[kind](argument, fail, kind) };
}

const READERS: Readonly<Record<FaultAction['kind'], Reader>> = {
  status: (argument, fail) => answered('status', argument, fail),
  html: (argument, fail) => answered('html', argument, fail),
  'id-404': nothing,
  'gateway-404': optional((text, fail) => ({ style: spring(text, fail) })),
  'reset-before': nothing,
  'reset-after': nothing,
  'timeout-after': nothing,
  truncate: nothing,
  'page-shift': optional((victim) => ({ victim })),
  'stale-list': optional((text, fail) =>
    /^\d+$/.test(text) ? { requests: Number(text) } : { ms: period(text, fail) },
  ),
  'empty-account': nothing,
  lag: (argument, fail) => ({ ms: period(argument, fail) }),
  'foreign-body': nothing,
  'stale-body': nothing,
  'not-stored': nothing,
  'no-key': nothing,
  'other-key': nothing,
  total,
  'short-page': optional((text, fail) => ({ items: wholeNumber(text, fail) })),
  'repeat-page': nothing,
  huge: optional((text, fail) => ({ mib: wholeNumber(text, fail) })),
  endless: nothing,
  'gzip-bomb': optional((text, fail) => ({ mib: wholeNumber(text, fail) })),
  deep: optional((text, fail) => ({ levels: wholeNumber(text, fail) })),
  date: (argument, fail) => (argument === 'none' ? {} : { offsetMs: offset(argument, fail) }),
  'foreign-writer': nothing,
  latency: (argument, fail) => ({ ms: period(argument, fail) }),
};

function nothing(argument: string | undefined, fail: Fail, kind: string): object {
  if (argument !== undefined) throw fail(`${kind} takes no argument, found "${argument}"`);
  return {};
}

function optional(read: (text: string, fail: Fail) => object): Reader {
  return (argument, fail) => (argument === undefined ? {} : read(argument, fail));
}

function spring(text: string, fail: Fail): string {
  if (text !== 'spring') throw fail(`gateway-404 does not take "${text}"`);
  return text;
}

const STATUS = { status: /^[45]\d\d$/, html: /^([45]\d\d|20[01236])$/ };
const RANGE = { status: 'from 400 to 599', html: 'from 400 to 599, or 200, 201, 202, 203 or 206' };

function answered(kind: 'status' | 'html', argument: string | undefined, fail: Fail): object {
  const [code = '', ...rest] = (argument ?? '').split(',');
  if (!STATUS[kind].test(code)) throw fail(`${kind} needs a status ${RANGE[kind]}, for example ${kind}=503`);
  const status = Number(code);
  const after = rest.includes('after') ? { afterCommit: true } : {};
  const [retryAfter, extra] = rest.filter((part) => part !== 'after');
  if (extra !== undefined || (kind === 'html' && retryAfter !== undefined)) {
    throw fail(`${kind} does not take "${extra ?? retryAfter}"`);
  }
  if (kind === 'html' || retryAfter === undefined) return { status, ...after };
  return { status, ...after, retryAfter: /^\d+$/.test(retryAfter) ? Number(retryAfter) : retryAfter };
}

function wholeNumber(text: string, fail: Fail): number {
  if (!/^\d+$/.test(text)) throw fail(`expected a whole number, found "${text}"`);
  return Number(text);
}

/** A number as it is, any text in quotes as text, or none. */
function total(text: string | undefined, fail: Fail): object {
  if (text === 'none') return {};
  const [, quoted] = /^"(.*)"$/.exec(text ?? '') ?? [];
  if (quoted !== undefined) return { items: quoted };
  if (!/^-?\d+(\.\d+)?$/.test(text ?? ''))
    throw fail(`expected a number such as 250 or "250", or none, found "${text ?? ''}"`);
  return { items: Number(text) };
}

/** A period with a sign before it; + may be left out. */
function offset(text: string | undefined, fail: Fail): number {
  const [, sign, length] = /^([+-]?)(.*)$/.exec(text ?? '') ?? [];
  return (sign === '-' ? -1 : 1) * period(length, fail);
}

function period(text: string | undefined, fail: Fail): number {
  const [, count, unit] = /^(\d+)(ms|s|m|h|d)?$/.exec(text ?? '') ?? [];
  if (count === undefined) throw fail(`expected a period such as 200ms or 2s, found "${text ?? ''}"`);
  return Number(count) * (UNITS_MS[unit ?? 'ms'] ?? 1);
}
