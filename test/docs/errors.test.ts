import { expect, test } from 'vitest';
import { reportSchema } from '../../src/core/documents/report-schema.ts';
import { errorCodes, ReconcilerError } from '../../src/core/errors.ts';
import { exitCodes } from '../../src/core/exit-codes.ts';
import { skipReasons } from '../../src/core/render/words.ts';
import { headingsOf, readPage, rowsOf, sectionOf } from './pages.ts';

const page = readPage('docs/errors.md');
const planShape = reportSchema.shape.plan.shape;
const guardIds = planShape.guards.element.shape.guard.options;
const noticeKinds = planShape.notices.element.shape.kind.options;
const outcomes = reportSchema.shape.results.element.shape.outcome.options;

function headingsBelow(heading: string): readonly string[] {
  return headingsOf({ ...page, text: sectionOf(page, heading) }, 3);
}

function firstCells(heading: string): readonly string[] {
  const [, ...rows] = rowsOf(sectionOf(page, heading));
  return rows.map(([first = '']) => first);
}

test('every error code has a paragraph, and every paragraph a code', () => {
  expect(headingsBelow('Error codes').toSorted()).toEqual(errorCodes.toSorted());
});

test.each(errorCodes)('the paragraph of %s has its exit code and some sentences', (code) => {
  const paragraph = sectionOf(page, code);

  expect(paragraph).toContain(`Exit code ${new ReconcilerError(code, {}).exitCode}.`);
  expect(
    paragraph
      .replace(/^### .*$/m, '')
      .trim()
      .split(/\s+/).length,
  ).toBeGreaterThan(20);
});

test('every guard has a paragraph, and every paragraph a guard', () => {
  expect(headingsBelow('Guards').toSorted()).toEqual(guardIds.toSorted());
});

test('every reason to leave something alone is in the table', () => {
  expect(firstCells('Skips').toSorted()).toEqual(skipReasons.toSorted());
});

test('every outcome of a change is in the table', () => {
  expect(firstCells('Outcomes').toSorted()).toEqual(outcomes.toSorted());
});

test('every notice is in the table', () => {
  expect(firstCells('Notices').toSorted()).toEqual(noticeKinds.toSorted());
});

test('every exit code is in the table', () => {
  expect(firstCells('Exit codes').map(Number).toSorted()).toEqual(Object.values(exitCodes).toSorted());
});
