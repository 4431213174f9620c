import { describe, expect, test } from 'vitest';
import { FlagError, parseFault, parseRateLimit, parseSwitch } from '../../src/emulator/flags.ts';

describe('parseRateLimit', () => {
  test.each([
    ['30/s', { requests: 30, perMs: 1000 }],
    ['100/m', { requests: 100, perMs: 60_000 }],
    ['1000/h', { requests: 1000, perMs: 3_600_000 }],
    ['5/500ms', { requests: 5, perMs: 500 }],
    [' 10/2s ', { requests: 10, perMs: 2000 }],
  ])('%s', (text, expected) => {
    expect(parseRateLimit(text)).toEqual(expected);
  });

  test.each(['', '30', '30/', '0/s', '30/0s', '-1/s', '30/d', 's/30'])('"%s" is refused with an example', (text) => {
    expect(() => parseRateLimit(text)).toThrow(
      new FlagError(`rate limit "${text}": expected REQUESTS/PERIOD, for example 30/s, 100/m or 5/500ms`),
    );
  });
});

describe('parseSwitch', () => {
  test.each([
    ['listKeys=false', { listKeys: false }],
    ['strictKeys=true', { strictKeys: true }],
    ['legPersistenceTime=2', { legPersistenceTime: 2 }],
    ['capabilitiesArray=500', { capabilitiesArray: 500 }],
    ['errorHost=developer.vonage.com', { errorHost: 'developer.vonage.com' }],
  ])('%s', (text, expected) => {
    expect(parseSwitch(text)).toEqual(expected);
  });

  test.each([
    ['listKey=false', 'unknown switch "listKey"; expected one of: unknownMembers, '],
    ['listKeys', 'expected listKeys=VALUE'],
    ['listKeys=perhaps', 'expected boolean'],
    ['keysOmitted=lost', '"kept"|"dropped"'],
    ['legPersistenceTime=99', '<=31'],
  ])('"%s" is refused: %s', (text, problem) => {
    expect(() => parseSwitch(text)).toThrow(FlagError);
    expect(() => parseSwitch(text)).toThrow(problem);
  });
});

describe('parseFault', () => {
  test.each([
    ['POST:timeout-after:30%', { match: { verb: 'POST', probability: 0.3 }, action: { kind: 'timeout-after' } }],
    ['*:reset-before', { match: {}, action: { kind: 'reset-before' } }],
    ['*:reset-after:x3', { match: { times: 3 }, action: { kind: 'reset-after' } }],
    ['get:truncate:#2', { match: { verb: 'GET', nth: 2 }, action: { kind: 'truncate' } }],
    ['*:status=503:>5:x1', { match: { after: 5, times: 1 }, action: { kind: 'status', status: 503 } }],
    ['*:status=429,2', { match: {}, action: { kind: 'status', status: 429, retryAfter: 2 } }],
    ['*:status=429,soon', { match: {}, action: { kind: 'status', status: 429, retryAfter: 'soon' } }],
    ['PUT:status=500,after', { match: { verb: 'PUT' }, action: { kind: 'status', status: 500, afterCommit: true } }],
    ['*:html=502', { match: {}, action: { kind: 'html', status: 502 } }],
    ['*:html=504,after', { match: {}, action: { kind: 'html', status: 504, afterCommit: true } }],
    ['DELETE:html=200', { match: { verb: 'DELETE' }, action: { kind: 'html', status: 200 } }],
    ['*:id-404', { match: {}, action: { kind: 'id-404' } }],
    ['GET:gateway-404', { match: { verb: 'GET' }, action: { kind: 'gateway-404' } }],
    ['GET:gateway-404=spring', { match: { verb: 'GET' }, action: { kind: 'gateway-404', style: 'spring' } }],
    ['GET:empty-account:x2', { match: { verb: 'GET', times: 2 }, action: { kind: 'empty-account' } }],
    ['POST:foreign-body', { match: { verb: 'POST' }, action: { kind: 'foreign-body' } }],
    ['PUT:stale-body', { match: { verb: 'PUT' }, action: { kind: 'stale-body' } }],
    ['PUT:not-stored', { match: { verb: 'PUT' }, action: { kind: 'not-stored' } }],
    ['POST:no-key', { match: { verb: 'POST' }, action: { kind: 'no-key' } }],
    ['POST:other-key', { match: { verb: 'POST' }, action: { kind: 'other-key' } }],
    ['GET:total=9007199254740991', { match: { verb: 'GET' }, action: { kind: 'total', items: 9007199254740991 } }],
    ['GET:total=-1', { match: { verb: 'GET' }, action: { kind: 'total', items: -1 } }],
    ['GET:total="250":x1', { match: { verb: 'GET', times: 1 }, action: { kind: 'total', items: '250' } }],
    ['GET:total=none', { match: { verb: 'GET' }, action: { kind: 'total' } }],
    ['GET@page=2:short-page', { match: { verb: 'GET', path: 'page=2' }, action: { kind: 'short-page' } }],
    ['GET:short-page=3', { match: { verb: 'GET' }, action: { kind: 'short-page', items: 3 } }],
    ['GET:repeat-page', { match: { verb: 'GET' }, action: { kind: 'repeat-page' } }],
    ['GET:huge', { match: { verb: 'GET' }, action: { kind: 'huge' } }],
    ['GET:huge=3', { match: { verb: 'GET' }, action: { kind: 'huge', mib: 3 } }],
    ['GET:endless', { match: { verb: 'GET' }, action: { kind: 'endless' } }],
    ['GET:gzip-bomb', { match: { verb: 'GET' }, action: { kind: 'gzip-bomb' } }],
    ['GET:gzip-bomb=70', { match: { verb: 'GET' }, action: { kind: 'gzip-bomb', mib: 70 } }],
    ['GET:deep', { match: { verb: 'GET' }, action: { kind: 'deep' } }],
    ['GET:deep=65', { match: { verb: 'GET' }, action: { kind: 'deep', levels: 65 } }],
    ['*:date=-2h', { match: {}, action: { kind: 'date', offsetMs: -7_200_000 } }],
    ['*:date=+1d', { match: {}, action: { kind: 'date', offsetMs: 86_400_000 } }],
    ['*:date=30m', { match: {}, action: { kind: 'date', offsetMs: 1_800_000 } }],
    ['*:date=none', { match: {}, action: { kind: 'date' } }],
    ['GET:lag=1d', { match: { verb: 'GET' }, action: { kind: 'lag', ms: 86_400_000 } }],
    ['GET@page=2:page-shift', { match: { verb: 'GET', path: 'page=2' }, action: { kind: 'page-shift' } }],
    ['GET:page-shift=Support', { match: { verb: 'GET' }, action: { kind: 'page-shift', victim: 'Support' } }],
    ['POST:stale-list', { match: { verb: 'POST' }, action: { kind: 'stale-list' } }],
    ['POST:stale-list=4', { match: { verb: 'POST' }, action: { kind: 'stale-list', requests: 4 } }],
    ['POST:stale-list=2s', { match: { verb: 'POST' }, action: { kind: 'stale-list', ms: 2000 } }],
    ['PUT:foreign-writer', { match: { verb: 'PUT' }, action: { kind: 'foreign-writer' } }],
    ['*:latency=200', { match: {}, action: { kind: 'latency', ms: 200 } }],
    ['*:latency=2s:0.5%', { match: { probability: 0.005 }, action: { kind: 'latency', ms: 2000 } }],
  ])('%s', (text, expected) => {
    expect(parseFault(text)).toEqual(expected);
  });

  test.each([
    ['', 'expected VERB[@PATH]:KIND'],
    [':truncate', 'expected an HTTP verb or *, found ""'],
    ['P0ST:truncate', 'expected an HTTP verb or *, found "P0ST"'],
    ['POST', 'expected VERB[@PATH]:KIND[=ARGUMENT][:WHEN], such as POST:reset-after:x1'],
    ['foo', 'expected VERB[@PATH]:KIND[=ARGUMENT][:WHEN], such as POST:reset-after:x1'],
    ['latency=200ms', 'expected VERB[@PATH]:KIND[=ARGUMENT][:WHEN], such as *:latency=200ms'],
    ['POST:timeot-after', 'unknown kind "timeot-after"'],
    ['POST:truncate=5', 'truncate takes no argument, found "5"'],
    ['POST:status', 'status needs a status from 400 to 599, for example status=503'],
    ['POST:status=200', 'status needs a status from 400 to 599'],
    ['POST:status=503,1,2', 'status does not take "2"'],
    ['POST:html=502,soon', 'html does not take "soon"'],
    ['POST:html=204', 'html needs a status from 400 to 599, or 200, 201, 202, 203 or 206, for example html=503'],
    ['POST:html=302', 'html needs a status from 400 to 599, or 200'],
    ['GET:id-404=5', 'id-404 takes no argument, found "5"'],
    ['GET:gateway-404=nginx', 'gateway-404 does not take "nginx"'],
    ['POST:no-key=1', 'no-key takes no argument, found "1"'],
    ['GET:total', 'expected a number such as 250 or "250", or none, found ""'],
    ['GET:total=many', 'expected a number such as 250 or "250", or none, found "many"'],
    ['GET:short-page=few', 'expected a whole number, found "few"'],
    ['GET:huge=big', 'expected a whole number, found "big"'],
    ['GET:huge=0', 'mib: '],
    ['GET:gzip-bomb=1.5', 'expected a whole number, found "1.5"'],
    ['GET:endless=1', 'endless takes no argument, found "1"'],
    ['GET:deep=1', 'levels: '],
    ['GET:date', 'expected a period such as 200ms or 2s, found ""'],
    ['GET:date=-', 'expected a period such as 200ms or 2s, found ""'],
    ['GET:date=tomorrow', 'expected a period such as 200ms or 2s, found "tomorrow"'],
    ['GET:lag', 'expected a period such as 200ms or 2s, found ""'],
    ['POST:latency', 'expected a period such as 200ms or 2s, found ""'],
    ['POST:latency=fast', 'expected a period such as 200ms or 2s, found "fast"'],
    ['POST:stale-list=soon', 'expected a period'],
    ['POST:truncate:often', 'expected 30%, x3, #2 or >5, found "often"'],
    ['POST:truncate:x0', 'times: '],
    ['POST:truncate:130%', 'probability: '],
    ['POST@(:truncate', 'path: must be a regular expression'],
  ])('"%s" is refused: %s', (text, problem) => {
    expect(() => parseFault(text)).toThrow(FlagError);
    expect(() => parseFault(text)).toThrow(`fault "${text}": ${problem}`);
  });
});
