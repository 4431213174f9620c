/** The one form of a date that servers may send today (RFC 9110, 5.6.7): `Mon, 23 Nov 2026 12:00:05 GMT`. */
const fixedForm = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** A Date header in milliseconds since 1970; undefined when it is absent or no HTTP date. */
export function parseHttpDate(header: string | undefined): number | undefined {
  // Date.parse takes nearly anything for a date; two Date headers come joined by a comma.
  const at = fixedForm.test(header ?? '') ? Date.parse(header ?? '') : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
