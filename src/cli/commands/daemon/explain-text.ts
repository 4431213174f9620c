import { shortId } from '../../../core/git/commit-info.ts';
import type { Json } from '../../../core/json.ts';
import { indented, inside, type Layout } from '../../../core/render/layout.ts';
import { memberLines } from '../../../core/render/member-lines.ts';
import { knownCommit } from '../../../core/render/origin-schema.ts';
import { type Paint, paintWith } from '../../../core/render/paint.ts';
import { messageLines, quoted, visible } from '../../../core/render/visible.ts';
import { commitText } from '../../../core/render/words.ts';
import { yamlText } from '../../../core/render/yaml-text.ts';
import { z } from '../../../core/zod.ts';
import type { Explanation } from '../../../status/documents.ts';

/** Everything about one application for people. */
export function renderExplanation(
  explanation: Explanation,
  { color, columns = Number.POSITIVE_INFINITY }: { readonly color: boolean; readonly columns: number | undefined },
): string {
  const paint = paintWith(color);
  const { name, id, account, decision, next } = explanation;
  const paragraphs = [
    [
      `${paint('strong', quoted(name))}${id === null ? '' : `  ${id}`}  account ${account}`,
      ...messageLines(next, `${decision}: `),
      ...statusLines(explanation),
    ],
    manifestLines(explanation),
    differenceLines(explanation, { paint, columns }),
    ledgerLines(explanation),
    liveLines(explanation, paint),
    numbersLines(explanation),
    explanation.guards.flatMap(({ guard, message }) => messageLines(message, `Guard ${guard}: `)),
    explanation.problems.map(
      ({ severity, place, message }) => `${severity} ${visible(place.file)}:${place.line}: ${visible(message)}`,
    ),
    eventLines(explanation),
  ];
  return `${paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function statusLines({ status }: Explanation): readonly string[] {
  if (status === null) return [];
  const last = status.lastChange;
  const change = last === undefined ? '' : `; last change: ${last.action} ${last.outcome} ${last.at}`;
  return [`state: ${status.state} since ${status.since}${change}`];
}

function manifestLines({ manifest }: Explanation): readonly string[] {
  if (manifest === null) return ['Manifest: no valid manifest'];
  const { place, labels, deletionPolicy, reconcile, ignore, revision, commit } = manifest;
  const from =
    commit?.author === undefined ? `revision ${visible(revision)}` : `commit ${commitText(knownCommit(commit))}`;
  const words = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  return [
    `Manifest: ${visible(place.file)}:${place.line}:${place.column} at ${from}`,
    ...(words.length === 0 ? [] : [`  labels ${visible(words.join(', '))}`]),
    ...(deletionPolicy === null ? [] : [`  deletionPolicy ${deletionPolicy}`]),
    ...(reconcile === 'enabled' ? [] : [`  reconcile ${reconcile}`]),
    ...(ignore.length === 0 ? [] : [`  ignores ${visible(ignore.join(', '))}`]),
  ];
}

function differenceLines({ changes, skips }: Explanation, layout: Layout): readonly string[] {
  const changesShown = [...changes, ...skips.flatMap(({ change }) => change ?? [])];
  const members = [...changesShown.flatMap((change) => change.fields), ...skips.flatMap((skip) => skip.fields ?? [])];
  if (members.length === 0) return [];
  const shown = members.map(({ pointer, before, after }) => ({
    path: pointer,
    ...(before === undefined ? {} : { before: jsonOf(before) }),
    ...(after === undefined ? {} : { after: jsonOf(after) }),
  }));
  return ['Differs:', ...indented(memberLines(shown, inside(layout, 2)), 2)];
}

/** What came as JSON is JSON. */
function jsonOf(value: unknown): Json {
  const json: Json = JSON.parse(JSON.stringify(value));
  return json;
}

function ledgerLines({ ledger }: Explanation): readonly string[] {
  if (ledger === null) return ['Ledger: not owned'];
  const { origin, file, revision, appliedAt, keyFingerprint, keyGenerated } = ledger;
  const key = keyFingerprint === null ? '' : `, key ${keyFingerprint.slice(0, 12)}${keyGenerated ? ' (managed)' : ''}`;
  const applied = appliedAt === null ? 'never applied' : `applied ${appliedAt}`;
  // What was restored has no manifest yet.
  const from =
    file === '' ? ', not from a manifest' : ` from ${visible(file)} at revision ${visible(shortId(revision))}`;
  const delivered = (ledger.deliveries ?? []).map(({ target, phase, reason }) => {
    const why = reason === undefined ? '' : `: ${reason}`;
    return `  key at ${visible(target)}: ${phase}${visible(why)}`;
  });
  return [`Ledger: ${origin}, ${applied}${from}${key}`, ...delivered];
}

function liveLines({ live }: Explanation, paint: Paint): readonly string[] {
  if (typeof live !== 'object' || live === null || Array.isArray(live)) return ['At Vonage: does not exist'];
  const lines = yamlText(jsonOf(live)).trimEnd().split('\n');
  return ['At Vonage:', ...lines.map((line) => paint('faint', `  ${line}`))];
}

function numbersLines({ linkedNumbers }: Explanation): readonly string[] {
  if (linkedNumbers === null) return [];
  return messageLines(`${linkedNumbers.message}; read ${linkedNumbers.at}`, 'Phone numbers: ');
}

function eventLines({ events }: Explanation): readonly string[] {
  if (events.length === 0) return [];
  return ['Events:', ...events.map((event) => `  ${eventText(event)}`)];
}

const eventSchema = z.object({
  at: z.string(),
  event: z.string(),
  results: z
    .array(
      z.object({
        action: z.string(),
        reason: z.string().optional(),
        outcome: z.string(),
        message: z.string().optional(),
      }),
    )
    .default([]),
  found: z.array(z.unknown()).default([]),
});

function eventText(event: unknown): string {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) return visible(JSON.stringify(event));
  const { at, event: kind, results, found } = parsed.data;
  const what = results.map(
    ({ action, reason, outcome, message }) =>
      `${action}${reason === undefined ? '' : ` (${reason})`} ${outcome}${message === undefined ? '' : `: ${message}`}`,
  );
  const all = [...found.map(() => 'create found: its response had been lost'), ...what];
  return `${visible(at)} ${visible(all.length === 0 ? kind : all.join(', '))}`;
}
