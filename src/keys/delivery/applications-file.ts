import { basename } from 'node:path';
import { compareTexts } from '../../core/compare.ts';
import { parseJson } from '../../core/json.ts';
import type { Delivery } from '../../core/ledger/deliveries.ts';
import { z } from '../../core/zod.ts';

/** What a program needs to know of an application whose key it was given. */
interface DeliveredApplication {
  readonly name: string;
  readonly id: string;
  readonly fingerprint: string;
  /** Name of the file beside this one that the private key is in. */
  readonly file: string;
}

/** Which key belongs to which application, beside delivered keys. */
export interface ApplicationsFile {
  readonly account: string;
  readonly applications: readonly DeliveredApplication[];
}

/** Its name in the directory. */
export const applicationsFileName = 'applications.json';

const format = 'vonage-gitops.applications/1';

const document = z.object({
  format: z.literal(format),
  account: z.string(),
  applications: z.array(z.object({ name: z.string(), id: z.string(), fingerprint: z.string(), file: z.string() })),
});

/** What the file's text says; undefined when this program did not write it. */
export function parseApplications(text: string): ApplicationsFile | undefined {
  const parsed = document.safeParse(parseJson(text));
  return parsed.success ? parsed.data : undefined;
}

/** The file's text. */
export function formatApplications({ account, applications }: ApplicationsFile): string {
  const inOrder = applications.toSorted((a, b) => compareTexts(a.name, b.name) || compareTexts(a.id, b.id));
  return `${JSON.stringify({ format, account, applications: inOrder }, undefined, 2)}\n`;
}

/** A key that is in use in the directory, or was. */
type KeyInFile = Pick<Delivery, 'name' | 'id' | 'fingerprint' | 'file'> & Partial<Pick<Delivery, 'phase'>>;

/**
 * What the file is to say: what the ledger knows to be in use, and this key. Applications that the ledger does not know stay, for it may
 * have been lost; one whose key is known to be out of use goes.
 */
export function withDelivered(
  { account, applications }: ApplicationsFile,
  delivered: readonly KeyInFile[],
  key: KeyInFile,
): ApplicationsFile {
  const former = new Set(delivered.flatMap(({ phase, fingerprint }) => (phase === 'former' ? fingerprint : [])));
  const inUse = [...delivered.filter(({ phase }) => phase === 'active'), key].flatMap(inFile);
  const others = applications.filter(({ fingerprint }) => !former.has(fingerprint));
  return { account, applications: inUse.reduce(withApplication, others) };
}

function inFile({ name, id, fingerprint, file }: KeyInFile): readonly DeliveredApplication[] {
  return id === undefined || file === undefined ? [] : [{ name, id, fingerprint, file: basename(file) }];
}

/** In place of what was known of the application, and of one that had its file before it. */
function withApplication(
  applications: readonly DeliveredApplication[],
  one: DeliveredApplication,
): readonly DeliveredApplication[] {
  return [...applications.filter(({ id, file }) => id !== one.id && file !== one.file), one];
}
