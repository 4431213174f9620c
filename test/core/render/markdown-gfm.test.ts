import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { expect, test } from 'vitest';
import { renderPlanMarkdown } from '../../../src/core/render/markdown.ts';
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
  return html.replaceAll(/<(pre|code)>.*?<\/\1>/gs, '').replaceAll(/<[^>]*>/g, '');
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

test.each(hostileNames.map((name) => ({ name })))('a GFM parser makes nothing but text of $name', ({ name }) => {
  const place = { file: name, line: 1, column: 1 };
  const fields = [{ path: `/${name}`, before: name, after: { [name]: name } }];
  const plan = aPlan({
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

  const html = htmlOf(renderPlanMarkdown(plan, { account: name }));

  expect(ours).toEqual(expect.arrayContaining([...elementsOf(html)]));
  expect(unclosedOf(html)).toEqual([]);
  expect(proseOf(html)).not.toMatch(/[@#<>[\]`&]/);
});

test('a GFM parser makes headings, sections that fold and blocks of a plan', () => {
  const html = htmlOf(renderPlanMarkdown(aFullPlan(), { account: 'main' }));

  expect([...elementsOf(html)].toSorted()).toEqual(['code', 'details', 'h3', 'h4', 'p', 'pre', 'strong', 'summary']);
  expect(unclosedOf(html)).toEqual([]);
});
