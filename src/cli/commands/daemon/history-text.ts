import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import { plural } from '../../../core/plural.ts';
import { quoted, visible } from '../../../core/render/visible.ts';
import { commitText } from '../../../core/render/words.ts';

/** What the passes of an account did, oldest first. */
export interface AccountHistory {
  readonly account: string;
  /** As told by a daemon, or read from a file: anything may be in them. */
  readonly events: readonly unknown[];
}

/** Histories for people: a line for each event, and one below it for each change that was made or tried. */
export function historyText(accounts: readonly AccountHistory[]): string {
  return accounts
    .map(({ account, events }) => {
      const lines = events.length === 0 ? ['  no passes recorded'] : objects(events).flatMap(eventLines);
      return `${account}:\n${lines.map((line) => `${line}\n`).join('')}`;
    })
    .join('\n');
}

function eventLines(event: JsonObject): readonly string[] {
  const when = `  ${visible(text(event['at'])).replace(/\.\d+Z$/, 'Z')}`;
  if (event['event'] === 'same') return [`${when}  ${plural(Number(event['passes']), 'pass', 'passes')} like this one`];
  if (event['event'] !== 'pass') return [`${when}  ${visible(text(event['event']))}`];
  const reasons = texts(event['reasons']).join(', ');
  const { error, approved } = event;
  const end = isJsonObject(error) ? `failed: ${text(error['code'])}: ${text(error['message'])}` : endText(event);
  return [
    `${when}  ${visible(`${reasons === '' ? 'apply' : reasons}: ${end}`)}`,
    ...(isJsonObject(approved) ? [`      ${visible(approvedText(approved))}`] : []),
    ...objects(event['results']).map(resultLine),
    ...objects(event['guards']).map((one) => `      ${visible(`${text(one['guard'])}: ${text(one['message'])}`)}`),
  ];
}

function endText(event: JsonObject): string {
  const results = objects(event['results']);
  const problems = Number(event['problems'] ?? 0);
  const guards = objects(event['guards']).length;
  const facts = [
    results.length === 0 ? 'nothing changed' : plural(results.length, 'change'),
    ...(problems === 0 ? [] : [plural(problems, 'manifest problem')]),
    ...(guards === 0 ? [] : [plural(guards, 'guard')]),
  ];
  return `${facts.join(', ')} (${madeFrom(event)}, exit code ${text(event['exitCode'])})`;
}

function approvedText({ by, reason }: JsonObject): string {
  return `approved by ${text(by)}: ${text(reason)}`;
}

/** Which manifests the pass was about. */
function madeFrom({ revision, commit }: JsonObject): string {
  return isJsonObject(commit) ? `commit ${nameOf(commit)}` : `revision ${text(revision)}`;
}

function nameOf({ id, author, signer, subject }: JsonObject): string {
  const by = typeof signer === 'string' ? { signer } : {};
  return commitText({ id: text(id), author: text(author), ...by, subject: text(subject), at: 0 });
}

function resultLine(result: JsonObject): string {
  const message = text(result['message']);
  const name = quoted(text(result['name']));
  const { removedIn } = result;
  const removal = isJsonObject(removedIn) ? `, its manifest was removed in ${visible(nameOf(removedIn))}` : '';
  return `      ${visible(`${text(result['outcome'])} ${text(result['action'])}`)} ${name}${removal}${message === '' ? '' : `: ${visible(message)}`}`;
}

function objects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(text) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
