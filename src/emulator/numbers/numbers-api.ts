import type { ApiParts } from '../api-parts.ts';
import type { Misfortune } from '../faults/faults.ts';
import { jsonReply, type Reply } from '../faults/reply.ts';
import { isAuthorized } from '../is-authorized.ts';
import { isSaved } from '../is-saved.ts';
import type { ServedApi } from '../served-api.ts';
import { envelopeReply } from './envelope.ts';
import { listNumbers } from './list-numbers.ts';
import { distortedList, type Sight, shiftNumbers, sightOf } from './misread-numbers.ts';
import { numbersRouteOf } from './numbers-route.ts';
import { updatedNumber } from './updated-number.ts';

/** What the Numbers API is served of: the account's numbers as a list, and an update of one. */
export const numbersApi: ServedApi = { answer, errorReply: (_, status) => envelopeReply(status) };

async function answer(parts: ApiParts, request: Request, target: URL, { action }: Misfortune): Promise<Reply> {
  if (!isAuthorized(request.headers.get('authorization'), parts.credentials)) return envelopeReply(401);
  const route = numbersRouteOf(target.pathname);
  if (route === 'list' && request.method === 'GET') return list(parts, sightOf(parts.numbers, target, action), action);
  if (route === 'update' && request.method === 'POST') return update(parts, new URLSearchParams(await request.text()));
  return refused(parts);
}

function list(parts: ApiParts, { query, numbers }: Sight, action: Misfortune['action']): Reply {
  const body = listNumbers(query, numbers);
  if (body === undefined) return refused(parts);
  if (action?.kind === 'page-shift') shiftNumbers(parts.numbers, body, action.victim);
  return jsonReply(200, distortedList(body, action));
}

async function update(parts: ApiParts, form: URLSearchParams): Promise<Reply> {
  const before = parts.numbers.all().find(({ msisdn }) => msisdn === form.get('msisdn'));
  const after = before && updatedNumber(before, form);
  if (after === undefined) return refused(parts);
  parts.numbers.put([after]);
  // A disk that refuses is the server's trouble, and the client must not take the change for done.
  return envelopeReply((await isSaved(parts)) ? 200 : 500);
}

/** The refusal for a number the account has not, and for all else that cannot be done. */
function refused({ switches }: ApiParts): Reply {
  return envelopeReply(420, switches.numbersErrorStatus);
}
