import { z } from 'zod';

/** Ids are compared without dashes and case, as elsewhere in the API. */
export function isSameId(one: string, other: string): boolean {
  return plainId(one) === plainId(other);
}

function plainId(id: string): string {
  return id.replaceAll('-', '').toLowerCase();
}

/** A number of the account as lists show it. Source: docs/api-notes.md#numbers */
export const ownedNumberSchema = z.strictObject({
  country: z.string().regex(/^[A-Z]{2}$/, 'expected two capital letters, such as GB'),
  msisdn: z.string().regex(/^[1-9]\d{2,14}$/, 'expected 3 to 15 digits with the country code, such as 447700900000'),
  type: z.string().exactOptional(),
  features: z.array(z.string()).exactOptional(),
  /** Webhook for inbound SMS; empty for none. */
  moHttpUrl: z.string().exactOptional(),
  voiceCallbackType: z.enum(['app', 'sip', 'tel']).exactOptional(),
  voiceCallbackValue: z.string().exactOptional(),
  messagesCallbackType: z.literal('app').exactOptional(),
  messagesCallbackValue: z.string().exactOptional(),
  /** The application it is linked to. */
  app_id: z.string().exactOptional(),
});

const eachOnce = z.array(ownedNumberSchema).superRefine((numbers, context) => {
  const seen = new Set<string>();
  for (const [index, { msisdn }] of numbers.entries()) {
    if (seen.has(msisdn)) context.addIssue({ code: 'custom', path: [index, 'msisdn'], message: 'listed twice' });
    seen.add(msisdn);
  }
});

/** Numbers of an account, each once: a list of them, or what the API answers to a list request. */
export const ownedNumbersSchema = z
  .preprocess(
    (given) => (Array.isArray(given) ? { numbers: given } : given),
    z.strictObject({ count: z.int().exactOptional(), numbers: eachOnce.default([]) }),
  )
  .transform(({ numbers }) => numbers);

/** A number of the account as lists show it. */
export type OwnedNumber = Readonly<z.output<typeof ownedNumberSchema>>;
