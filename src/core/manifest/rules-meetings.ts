import { type JsonObject, objectMember } from '../json.ts';
import { type PathFinding, warningAt } from './finding.ts';

const path = ['spec', 'capabilities', 'meetings'] as const;

/**
 * Warnings about a retired capability. No new Meetings applications since 2024-08-31, and none works since 2025-06-30
 * (developer.vonage.com/en/api/meetings); webhooks with methods other than POST are in OpenAPI 2.1.4 and not in 2.4.1.
 */
export function checkMeetings(document: JsonObject): readonly PathFinding[] {
  const capabilities = objectMember(objectMember(document, 'spec'), 'capabilities');
  if (!Object.hasOwn(capabilities, 'meetings')) return [];
  const webhooks = objectMember(objectMember(capabilities, 'meetings'), 'webhooks');
  const methods = Object.keys(webhooks).flatMap((hook) => {
    const { http_method: method } = objectMember(webhooks, hook);
    if (method !== 'GET' && method !== 'PUT') return [];
    const message = `webhooks of meetings are documented with POST only: the server may reject ${method}`;
    return [warningAt([...path, 'webhooks', hook, 'http_method'], message)];
  });
  // An application that is pinned exists: what it has is kept.
  if (Object.hasOwn(objectMember(document, 'metadata'), 'id')) return methods;
  const message =
    'the Meetings API ended on 2025-06-30: the server may refuse a new application with it. Remove meetings, or set metadata.id if the application exists';
  return [{ ...warningAt(path, message), at: 'key' }, ...methods];
}
