import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical } from '../../../src/core/application/canonical.ts';
import { diff } from '../../../src/core/application/diff.ts';
import { overlay, overlayLosses } from '../../../src/core/application/overlay.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { pointerOf, valueAt } from '../../../src/core/pointer.ts';
import { aManifest } from '../../builders.ts';
import { aBody, anIgnoredPointer, aSpec } from '../arbitraries.ts';

const remove = { undeclaredCapabilities: 'remove' } as const;
const keep = { undeclaredCapabilities: 'keep' } as const;
const answer = { address: 'https://a.example/answer', http_method: 'GET' };
const event = { address: 'https://a.example/event', http_method: 'POST' };

interface Row {
  readonly title: string;
  readonly live: JsonObject;
  readonly spec: JsonObject;
  readonly ignore?: readonly string[];
  readonly options?: typeof remove | typeof keep;
  /** The overlay without its name. */
  readonly expected: JsonObject;
}

function bodyOf({ live, spec, ignore = [], options = remove }: Row): JsonObject {
  return overlay(aManifest({ name: 'Support', spec, ignore }), { name: 'Support', ...live }, options);
}

describe('what is declared is enforced, and what is not declared is as it is live', () => {
  test.each<Row>([
    {
      title: 'undeclared scalars are carried over, timeouts and unknown fields too',
      live: {
        privacy: { improve_ai: true },
        future: { on: true },
        capabilities: {
          voice: {
            region: 'eu-west',
            future: 1,
            webhooks: { answer_url: { ...answer, socket_timeout: 3000, future: 'x' } },
          },
        },
      },
      spec: { capabilities: { voice: { webhooks: { answer_url: { address: 'https://b.example/' } } } } },
      expected: {
        privacy: { improve_ai: true },
        future: { on: true },
        capabilities: {
          voice: {
            region: 'eu-west',
            future: 1,
            webhooks: {
              answer_url: { address: 'https://b.example/', http_method: 'GET', socket_timeout: 3000, future: 'x' },
            },
          },
        },
      },
    },
    {
      title: 'declared scalars win',
      live: { privacy: { improve_ai: true, future: 1 }, capabilities: { voice: { region: 'eu-west' } } },
      spec: { privacy: { improve_ai: false }, capabilities: { voice: { region: 'na-east' } } },
      expected: { privacy: { improve_ai: false, future: 1 }, capabilities: { voice: { region: 'na-east' } } },
    },
    {
      title: 'a declared array replaces the live one',
      live: { capabilities: { voice: { payments: { gateways: [1, 2], more: 1 } } } },
      spec: { capabilities: { voice: { payments: { gateways: [3] } } } },
      expected: { capabilities: { voice: { payments: { gateways: [3], more: 1 } } } },
    },
    {
      title: 'an undeclared key is sent back as it is',
      live: { keys: { public_key: 'live key' } },
      spec: {},
      expected: { keys: { public_key: 'live key' } },
    },
    {
      title: 'a declared capability replaces what is no object',
      live: { capabilities: { voice: null } },
      spec: { capabilities: { voice: { region: 'eu-west' } } },
      expected: { capabilities: { voice: { region: 'eu-west' } } },
    },
  ])('$title', (row) => {
    expect(bodyOf(row)).toEqual({ name: 'Support', ...row.expected });
  });

  test('the name is the manifest’s', () => {
    expect(overlay(aManifest({ name: 'New' }), { name: 'Old' }, remove)).toEqual({ name: 'New' });
  });

  test('a new application is what the manifest declares, ignored fields included', () => {
    const manifest = aManifest({
      spec: { capabilities: { voice: { region: 'eu-west' } } },
      ignore: ['/capabilities/voice/region'],
    });

    expect(overlay(manifest, undefined, remove)).toEqual({ name: 'Support', ...manifest.spec });
  });
});

describe('only what this version knows can be removed by leaving it out', () => {
  test.each<Row>([
    {
      title: 'a known capability left out goes',
      live: { capabilities: { voice: {}, rtc: {}, vbc: {} } },
      spec: { capabilities: { voice: {} } },
      expected: { capabilities: { voice: {} } },
    },
    {
      title: 'an unknown capability stays',
      live: { capabilities: { voice: {}, holograms: { webhooks: { a: event } }, constructor: { x: 1 } } },
      spec: { capabilities: {} },
      expected: { capabilities: { holograms: { webhooks: { a: event } }, constructor: { x: 1 } } },
    },
    {
      title: 'a known webhook left out goes',
      live: { capabilities: { voice: { webhooks: { answer_url: answer, event_url: event } } } },
      spec: { capabilities: { voice: { webhooks: { answer_url: answer } } } },
      expected: { capabilities: { voice: { webhooks: { answer_url: answer } } } },
    },
    {
      title: 'an unknown webhook stays, in a known capability',
      live: { capabilities: { voice: { webhooks: { answer_url: answer, future_url: event, toString: event } } } },
      spec: { capabilities: { voice: { webhooks: {} } } },
      expected: { capabilities: { voice: { webhooks: { future_url: event, toString: event } } } },
    },
    {
      title: 'a declared capability nobody knows loses nothing it has live',
      live: { capabilities: { holograms: { webhooks: { a: event, b: event }, size: 1 } } },
      spec: { capabilities: { holograms: { webhooks: { a: answer }, size: 2 } } },
      expected: { capabilities: { holograms: { webhooks: { a: answer, b: event }, size: 2 } } },
    },
    {
      title: 'known ones stay as well when undeclared capabilities are kept',
      live: { capabilities: { rtc: {}, voice: { webhooks: { answer_url: answer, event_url: event } } } },
      spec: { capabilities: { voice: { webhooks: { answer_url: answer } } } },
      options: keep,
      expected: { capabilities: { rtc: {}, voice: { webhooks: { answer_url: answer, event_url: event } } } },
    },
  ])('$title', (row) => {
    expect(bodyOf(row)).toEqual({ name: 'Support', ...row.expected });
  });
});

describe('an absent container is undeclared, a present one is exhaustive', () => {
  const live = { capabilities: { rtc: {}, voice: { webhooks: { answer_url: answer, event_url: event } } } };

  test.each<Row>([
    { title: 'no capabilities: all stay', live, spec: {}, expected: live },
    {
      title: 'a capability without webhooks keeps all its webhooks',
      live,
      spec: { capabilities: { rtc: {}, voice: { signed_callbacks: true } } },
      expected: {
        capabilities: {
          rtc: {},
          voice: { signed_callbacks: true, webhooks: { answer_url: answer, event_url: event } },
        },
      },
    },
    {
      title: 'empty webhooks remove every webhook',
      live,
      spec: { capabilities: { rtc: {}, voice: { webhooks: {} } } },
      expected: { capabilities: { rtc: {}, voice: { webhooks: {} } } },
    },
    {
      title: 'empty capabilities remove every capability',
      live,
      spec: { capabilities: {} },
      expected: { capabilities: {} },
    },
    {
      title: 'what is declared and not live is added',
      live: {},
      spec: { capabilities: { voice: { webhooks: { answer_url: answer } }, vbc: {} } },
      expected: { capabilities: { voice: { webhooks: { answer_url: answer } }, vbc: {} } },
    },
  ])('$title', (row) => {
    expect(bodyOf(row)).toEqual({ name: 'Support', ...row.expected });
  });
});

describe('an ignored field is exactly as it is live', () => {
  test.each<Row>([
    {
      title: 'a declared value gives way to the live one',
      live: { capabilities: { voice: { region: 'eu-west' } } },
      spec: { capabilities: { voice: { region: 'na-east', signed_callbacks: true } } },
      ignore: ['/capabilities/voice/region'],
      expected: { capabilities: { voice: { region: 'eu-west', signed_callbacks: true } } },
    },
    {
      title: 'absence is as it is live, too',
      live: { capabilities: { voice: {} } },
      spec: { capabilities: { voice: { region: 'na-east' } } },
      ignore: ['/capabilities/voice/region'],
      expected: { capabilities: { voice: {} } },
    },
    {
      title: 'an ignored capability is not removed by leaving it out',
      live: { capabilities: { voice: {}, messages: { version: 'v1' } } },
      spec: { capabilities: { voice: {} } },
      ignore: ['/capabilities/messages'],
      expected: { capabilities: { voice: {}, messages: { version: 'v1' } } },
    },
    {
      title: 'a capability that holds an ignored live field is not removed',
      live: { capabilities: { voice: { region: 'eu-west', webhooks: { answer_url: answer } } } },
      spec: { capabilities: {} },
      ignore: ['/capabilities/voice/region'],
      expected: { capabilities: { voice: { region: 'eu-west', webhooks: { answer_url: answer } } } },
    },
    {
      title: 'a webhook that holds an ignored live field is not removed',
      live: {
        capabilities: { voice: { webhooks: { answer_url: { ...answer, socket_timeout: 3000 }, event_url: event } } },
      },
      spec: { capabilities: { voice: { webhooks: {} } } },
      ignore: ['/capabilities/voice/webhooks/answer_url/socket_timeout'],
      expected: { capabilities: { voice: { webhooks: { answer_url: { ...answer, socket_timeout: 3000 } } } } },
    },
    {
      title: 'an ignored field that is not live protects nothing from removal',
      live: { capabilities: { voice: { webhooks: { answer_url: answer } } } },
      spec: { capabilities: {} },
      ignore: ['/capabilities/voice/region'],
      expected: { capabilities: {} },
    },
    {
      title: 'no hook is made without its address when the address is ignored and not live',
      live: { capabilities: { voice: { webhooks: { event_url: event } } } },
      spec: { capabilities: { voice: { webhooks: { answer_url: answer, event_url: event } } } },
      ignore: ['/capabilities/voice/webhooks/answer_url/address'],
      expected: { capabilities: { voice: { webhooks: { event_url: event } } } },
    },
    {
      title: 'ignoring works where no capabilities are declared',
      live: { privacy: { improve_ai: true } },
      spec: { privacy: { improve_ai: false } },
      ignore: ['/privacy'],
      expected: { privacy: { improve_ai: true } },
    },
  ])('$title', (row) => {
    expect(bodyOf(row)).toEqual({ name: 'Support', ...row.expected });
  });
});

describe('losses', () => {
  const live = {
    capabilities: {
      voice: {
        region: 'eu-west',
        webhooks: { answer_url: answer, event_url: event, fallback_answer_url: { address: '' }, odd: 'text' },
      },
      messages: { version: 'v1' },
      holograms: { size: 1 },
      rtc: null,
      vbc: {},
    },
  };

  test.each([
    { title: 'nothing is lost where no container is declared', spec: {}, options: remove, expected: [] },
    {
      title: 'known capabilities and hooks left out are lost; empty hooks and unknown fields are not',
      spec: { capabilities: { voice: { webhooks: { answer_url: answer } }, rtc: {} } },
      options: remove,
      expected: ['/capabilities/voice/webhooks/event_url', '/capabilities/messages', '/capabilities/vbc'],
    },
    {
      title: 'nothing is lost when undeclared capabilities are kept',
      spec: { capabilities: { voice: { webhooks: {} } } },
      options: keep,
      expected: [],
    },
  ])('$title', ({ spec, options, expected }) => {
    expect(overlayLosses(aManifest({ spec }), live, options)).toEqual(expected);
  });

  test('a hook of which only a part is ignored is kept whole, so it is not lost', () => {
    const manifest = aManifest({
      spec: { capabilities: { voice: { webhooks: {} }, messages: {}, rtc: {}, vbc: {} } },
      ignore: ['/capabilities/voice/webhooks/answer_url/http_method'],
    });

    expect(overlayLosses(manifest, live, remove)).toEqual(['/capabilities/voice/webhooks/event_url']);
    expect(valueAt(overlay(manifest, live, remove), '/capabilities/voice/webhooks/answer_url')).toEqual(answer);
  });

  test('what is not among the losses is still there, whatever is declared and live', () => {
    fc.assert(
      fc.property(aSpec(), aBody(), fc.array(anIgnoredPointer()), (spec, body, ignore) => {
        const manifest = aManifest({ spec, ignore });
        const losses = overlayLosses(manifest, body, remove);
        const after = canonical(overlay(manifest, body, remove));
        for (const { path } of diff(canonical(body), {}).members) {
          const isLost = losses.some((loss) => path === loss || path.startsWith(`${loss}/`));
          expect(isLost || valueAt(after, path) !== undefined || isDefault(path)).toBe(true);
        }
      }),
    );
  });
});

/** A declared value that equals the API's default is absent in the canonical form. */
function isDefault(path: string): boolean {
  return /\/(http_method|connect_timeout|socket_timeout)$/.test(path);
}

describe('laws', () => {
  const options = fc.constantFrom(remove, keep);
  const ignored = fc.array(anIgnoredPointer(), { maxLength: 3 });

  test('an overlay over an overlay is that overlay: after a write nothing is left to do', () => {
    fc.assert(
      fc.property(aSpec(), aBody(), ignored, options, (spec, body, ignore, chosen) => {
        const manifest = aManifest({ spec, ignore });
        const once = overlay(manifest, body, chosen);

        expect(overlay(manifest, once, chosen)).toEqual(once);
        expect(diff(canonical(once), canonical(overlay(manifest, once, chosen))).members).toEqual([]);
      }),
    );
  });

  test('every ignored pointer names in the overlay exactly what it names live', () => {
    fc.assert(
      fc.property(aSpec(), aBody(), ignored, options, (spec, body, ignore, chosen) => {
        const after = overlay(aManifest({ spec, ignore }), body, chosen);

        for (const pointer of ignore) expect(valueAt(after, pointer)).toEqual(valueAt(body, pointer));
      }),
    );
  });

  test('what nobody knows survives every overlay', () => {
    fc.assert(
      fc.property(aSpec(), aBody(), fc.jsonValue(), fc.string({ minLength: 1 }), (spec, body, value, member) => {
        const unknown = `x-${member}`;
        const json = JSON.parse(JSON.stringify(value));
        const capabilities = { voice: { webhooks: { [unknown]: json } }, [unknown]: json };
        const live = { ...body, [unknown]: json, capabilities };
        const withVoice = { ...spec, capabilities: { voice: { webhooks: {} } } };

        const after = overlay(aManifest({ spec: withVoice }), live, remove);

        expect(valueAt(after, pointerOf([unknown]))).toEqual(json);
        expect(valueAt(after, pointerOf(['capabilities', unknown]))).toEqual(json);
        expect(valueAt(after, pointerOf(['capabilities', 'voice', 'webhooks', unknown]))).toEqual(json);
      }),
    );
  });

  test('nothing that goes in is changed', () => {
    fc.assert(
      fc.property(aSpec(), aBody(), ignored, (spec, body, ignore) => {
        const before = JSON.stringify([spec, body]);

        overlay(aManifest({ spec, ignore }), body, remove);

        expect(JSON.stringify([spec, body])).toBe(before);
      }),
    );
  });
});

describe('what is null in a response is absent', () => {
  const live = {
    name: 'Support',
    privacy: null,
    keys: { public_key: null },
    capabilities: {
      messages: null,
      rtc: { webhooks: null },
      vbc: {},
      voice: {
        region: null,
        webhooks: { answer_url: answer, fallback_answer_url: null, event_url: { address: null } },
      },
    },
  };
  const voice = { webhooks: { answer_url: answer } };
  const manifest = aManifest({ name: 'Support', spec: { capabilities: { voice, vbc: {} } } });

  test('it differs from nothing, and is no loss of an adoption', () => {
    const wanted = overlay(manifest, live, remove);

    expect(diff(canonical(live), canonical(wanted)).members).toStrictEqual([]);
    expect(overlayLosses(manifest, live, remove)).toStrictEqual([]);
    expect(overlayLosses(manifest, { capabilities: { future: 1 } }, remove)).toStrictEqual([]);
  });

  test('it goes back as it came where nothing is declared, and so does a capability of nulls: it may be switched on', () => {
    expect(overlay(manifest, live, remove)).toStrictEqual({
      ...live,
      capabilities: {
        rtc: { webhooks: null },
        vbc: {},
        voice: { region: null, webhooks: { answer_url: answer } },
      },
    });
  });

  test('a capability of nulls takes what is declared of it', () => {
    const declared = aManifest({ name: 'Support', spec: { capabilities: { rtc: { signed_callbacks: true } } } });

    expect(overlay(declared, { capabilities: { rtc: { webhooks: null } } }, remove)).toStrictEqual({
      name: 'Support',
      capabilities: { rtc: { signed_callbacks: true, webhooks: null } },
    });
  });
});
