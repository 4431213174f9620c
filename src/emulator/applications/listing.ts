import type { Json, JsonObject } from '../json.ts';
import type { InvalidParameter } from './problem.ts';
import type { Switches } from './switches.ts';

/** A page asked for; pages count from 1. */
export interface PageRequest {
  readonly page: number;
  readonly pageSize: number;
}

/** Read `page` and `page_size`; what is wrong with them comes back as invalid parameters. */
export function readPage(
  query: URLSearchParams,
  switches: Switches,
): { page: PageRequest } | { invalid: InvalidParameter[] } {
  const pageSize = wholeNumber(query.get('page_size'), switches.pageSizeDefault);
  const page = wholeNumber(query.get('page'), 1);
  const invalid: InvalidParameter[] = [];
  if (!(pageSize >= 1 && pageSize <= switches.pageSizeMax)) {
    invalid.push({ name: 'page_size', reason: `must be between 1 and ${switches.pageSizeMax}` });
  }
  if (!(page >= 1)) invalid.push({ name: 'page', reason: 'must be greater than or equal to 1' });
  return invalid.length > 0 ? { invalid } : { page: { page, pageSize } };
}

function wholeNumber(text: string | null, fallback: number): number {
  if (text === null) return fallback;
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}

/** The body of a list, links relative as vonage-python-sdk's recorded pages have them. */
export function listBody(request: PageRequest, total: number, items: readonly Json[], switches: Switches): JsonObject {
  const { page, pageSize } = request;
  const totalPages = total === 0 ? switches.emptyTotalPages : Math.ceil(total / pageSize);
  const first = `/v2/applications?page_size=${pageSize}`;
  const link = (number: number) => ({ href: `${first}&page=${number}` });
  return {
    page_size: pageSize,
    page,
    total_items: total,
    total_pages: totalPages,
    _embedded: { applications: items },
    _links: {
      self: link(page),
      first: { href: first },
      last: link(Math.max(1, totalPages)),
      ...(page < totalPages ? { next: link(page + 1) } : {}),
      ...(page > 1 ? { prev: link(Math.max(1, Math.min(page - 1, totalPages))) } : {}),
    },
  };
}
