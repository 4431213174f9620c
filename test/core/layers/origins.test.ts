import { expect, test } from 'vitest';
import { Origins } from '../../../src/core/layers/origins.ts';

test('a document that sets or removes a value takes all that is below it', () => {
  const origins = new Origins('base');
  origins.take('/spec/capabilities/voice', 'eu');
  origins.take('/spec/capabilities/voicemail', 'eu');

  origins.take('/spec/capabilities/voice/region', 'prod');
  expect(origins.partOf('/spec/capabilities/voice/region')).toBe('prod');
  origins.take('/spec/capabilities/voice', 'next');

  expect(origins.partOf('/spec/capabilities/voice/region')).toBe('next');
  expect(origins.partOf('/spec/capabilities/voicemail')).toBe('eu');
  expect(origins.partOf('/spec/capabilities')).toBe('base');
  expect(origins.partOf('')).toBe('base');
});
