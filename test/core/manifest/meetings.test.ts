import { expect, test } from 'vitest';
import { manifestText, parseText, problemLines } from './builders.ts';

const ended =
  'warning a.yaml:7:5 spec.capabilities.meetings: the Meetings API ended on 2025-06-30: the server may refuse a new application with it. Remove meetings, or set metadata.id if the application exists';
const id = 'id: 78d335fa-323d-0114-9c3d-d6f0d48968cf';

function meetings(metadata: string, method: string): readonly string[] {
  const room = `room_changed: { address: https://a.example, http_method: ${method} }`;
  return problemLines(parseText(manifestText(metadata, `capabilities:\n  meetings: { webhooks: { ${room} } }`)));
}

test('a new application with meetings is warned: the service has ended', () => {
  expect(meetings('name: x', 'POST')).toStrictEqual([ended]);
});

test('an application that is pinned exists, and keeps its meetings', () => {
  expect(meetings(`name: x\n${id}`, 'POST').filter((line) => line.includes('ended'))).toStrictEqual([]);
});

test.each(['GET', 'PUT', 'put'])('a webhook of meetings with %s is warned: only POST is documented', (method) => {
  expect(meetings(`name: x\n${id}`, method)).toStrictEqual([
    `warning a.yaml:8:86 spec.capabilities.meetings.webhooks.room_changed.http_method: webhooks of meetings are documented with POST only: the server may reject ${method.toUpperCase()}`,
  ]);
});

test('a meetings capability without webhooks is warned, too', () => {
  expect(problemLines(parseText(manifestText('name: x', 'capabilities:\n  meetings: {}')))).toStrictEqual([ended]);
});
