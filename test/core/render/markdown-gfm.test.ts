import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { expect, test } from 'vitest';
import { fewestMarkdownBytes, renderPlanMarkdown } from '../../../src/core/render/markdown.ts';
import { aCreate, aDelete, aFullPlan, anUpdate, aPlan, aSkip, hostileNames } from './a-plan.ts';

/** The page that a parser of GitHub's Markdown makes of it; HTML goes through as it is. */
function htmlOf(markdown: string): string {
  return micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true });
}

function elementsOf(html: string): ReadonlySet<string> {
  return new Set([...html.matchAll(/<([a-z]\w*)/gi)].map(([, name = '']) => name));
}

/** Where GitHub looks for mentions, references and emoji: nowhere inside `pre` and `code`. */
function proseOf(html: string): string {
  return html.replaceAll(/<(pre|code)>.*?<\/\1>/gs, '').replaceAll(/<!--.*?-->|<[^>]*>/g, '');
}

/** Elements in the order in which they are opened, where each one is closed in its turn. */
function unclosedOf(html: string): readonly string[] {
  const open: string[] = [];
  for (const [, slash, name = ''] of html.matchAll(/<(\/?)([a-z]\w*)/gi)) {
    if (slash === '') open.push(name);
    else if (open.at(-1) === name) open.pop();
    else return [...open, `/${name}`];
  }
  return open;
}

const ours = ['h3', 'h4', 'p', 'strong', 'code', 'pre', 'details', 'summary', 'blockquote'];

/** A plan that says this everywhere. */
function planOf(name: string) {
  const place = { file: name, line: 1, column: 1 };
  const fields = [{ path: `/${name}`, before: name, after: { [name]: name } }];
  return aPlan({
    revision: name,
    commit: { id: name, author: name, subject: name, at: 0 },
    changes: [
      aCreate({ name, place }),
      anUpdate({ name, members: fields, place, previousName: name }),
      aDelete({ name, file: name }),
    ],
    skips: [aSkip({ reason: 'conflict', name, place, message: name })],
    notices: [{ kind: 'key-mismatch', name, message: name }],
    guards: [{ guard: 'empty', message: name, blocked: 1 }],
    problems: [{ severity: 'error', place, path: name, message: name }],
  });
}

function expectText(markdown: string): void {
  const html = htmlOf(markdown);

  expect(ours).toEqual(expect.arrayContaining([...elementsOf(html)]));
  expect(unclosedOf(html)).toEqual([]);
  expect(proseOf(html)).not.toMatch(/[@#<>[\]`&]/);
}

test.each(hostileNames.map((name) => ({ name })))('a GFM parser makes nothing but text of $name', ({ name }) => {
  expectText(renderPlanMarkdown(planOf(name), { name, account: name }));
});

test('wherever it is cut, a plan is within its length, and a GFM parser makes nothing but text of it', () => {
  const plan = planOf('</pre><!-- @a #1 [l](u) `'.repeat(3));
  const whole = Buffer.byteLength(renderPlanMarkdown(plan, { name: 'main', maxBytes: 1_000_000 }));
  const texts = new Set<string>();
  for (let maxBytes = fewestMarkdownBytes; maxBytes < whole + 2000; maxBytes += 11) {
    const text = renderPlanMarkdown(plan, { name: 'main', maxBytes });
    if (texts.has(text)) continue;
    texts.add(text);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxBytes);
    expectText(text);
  }

  expect(texts.size).toBeGreaterThan(5);
});

test('a GFM parser makes headings, sections that fold and blocks of a plan', () => {
  const html = htmlOf(renderPlanMarkdown(aFullPlan(), { name: 'main', account: 'main' }));

  expect([...elementsOf(html)].toSorted()).toEqual(['code', 'details', 'h3', 'h4', 'p', 'pre', 'strong', 'summary']);
  expect(unclosedOf(html)).toEqual([]);
});
