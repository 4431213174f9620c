import nock from 'nock';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { apiUrl } from './support.ts';

/** The only place that touches nock. Call it once per file; every reply that was set up must have been asked for. */
export function nocked(): () => nock.Scope {
  beforeAll(() => nock.disableNetConnect());
  afterEach(() => {
    const pending = nock.pendingMocks();
    nock.cleanAll();
    if (pending.length > 0) throw new Error(`never requested: ${pending.join(', ')}`);
  });
  afterAll(() => {
    nock.enableNetConnect();
    nock.restore();
  });
  return () => nock(apiUrl);
}
