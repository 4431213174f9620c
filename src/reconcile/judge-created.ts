import type { Application, ApplicationId } from '../core/application/application.ts';
import { fingerprintOf } from '../core/application/key-fingerprint.ts';
import { ReconcilerError } from '../core/errors.ts';
import { objectMember } from '../core/json.ts';
import type { ReconcilePorts } from './ports.ts';

/** What the response to a create must show to be a response to it. */
interface Asked {
  readonly name: string;
  /** The public key that was sent. */
  readonly pem: string;
  /** Whether its pair is ours: one that a manifest brings may be shared. */
  readonly keyGenerated: boolean;
  /** Ids that a listing of this pass showed. */
  readonly seen: ReadonlySet<ApplicationId>;
}

/** Whether the application in the response to a create is the one that was asked for. */
export type CreatedVerdict =
  | { readonly verdict: 'ours'; readonly application: Application; readonly keyUnproven: boolean }
  | { readonly verdict: 'unproven'; readonly error: ReconcilerError };

/**
 * Judges the response to a create. A cache, a proxy or a mix-up at the server may answer with another application's body; recorded as
 * ours, it would be written and deleted one day.
 *
 * | id         | public key            | verdict                                                              |
 * |------------|-----------------------|----------------------------------------------------------------------|
 * | seen, owned | any                  | unproven: the listing decides                                        |
 * | new        | the one sent          | ours; a key that the manifest brings may be shared, so the name, too |
 * | new        | another one           | unproven                                                             |
 * | new        | none, a GET shows it  | as above                                                             |
 * | new        | none, nor in a GET    | ours if the name is exactly the one sent, and its key stays unproven |
 */
export async function judgeCreated(answer: Application, asked: Asked, ports: ReconcilePorts): Promise<CreatedVerdict> {
  const { id } = answer;
  if (asked.seen.has(id) || ports.ledger.current().entries.has(id))
    return unproven(asked, `with ${id}, which existed before`);
  const shown = shownKey(answer);
  if (shown !== undefined) return judgeKey(answer, shown, asked);
  const again = await readAgain(id, ports);
  if (again === undefined) return unproven(asked, 'without a public key, and the application cannot be read');
  const read = shownKey(again);
  if (read !== undefined) return judgeKey(again, read, asked);
  if (again.name !== asked.name) return unproven(asked, 'without a public key and with another name');
  return { verdict: 'ours', application: answer, keyUnproven: true };
}

function judgeKey(application: Application, shown: string, asked: Asked): CreatedVerdict {
  if (!asked.keyGenerated && application.name !== asked.name) return unproven(asked, 'with another name');
  if (isSameKey(shown, asked.pem)) return { verdict: 'ours', application, keyUnproven: false };
  return unproven(asked, 'with another public key');
}

/** A read that fails proves nothing: the create is settled like one whose response was lost. */
async function readAgain(id: ApplicationId, { api, log }: ReconcilePorts): Promise<Application | undefined> {
  try {
    return await api.get(id);
  } catch (error) {
    log.warn({ applicationId: id, err: error }, 'created application cannot be read');
    return undefined;
  }
}

function shownKey({ body }: Application): string | undefined {
  const { public_key: pem } = objectMember(body, 'keys');
  return typeof pem === 'string' && pem.trim() !== '' ? pem : undefined;
}

/** PKCS#1 and SPKI of one key are one key; what cannot be parsed is compared as text, whatever its line ends. */
function isSameKey(shown: string, sent: string): boolean {
  const fingerprint = fingerprintOf(shown);
  if (fingerprint !== undefined) return fingerprint === fingerprintOf(sent);
  const text = (pem: string) => pem.replaceAll('\r\n', '\n').trim();
  return text(shown) === text(sent);
}

function unproven({ name }: Asked, how: string): CreatedVerdict {
  const reason = `the response to the create came ${how}`;
  return { verdict: 'unproven', error: new ReconcilerError('E_CREATE_UNDECIDED', { application: name, reason }) };
}
