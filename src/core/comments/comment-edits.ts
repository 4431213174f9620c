import { code } from '../render/markdown-parts.ts';
import { quoted } from '../render/visible.ts';
import { allAccountsMarker, markedAccount, markerOf } from './comment-marker.ts';
import type { PlanComment } from './plan-comments.ts';

/** A comment of ours that is there. */
export interface ExistingComment {
  readonly id: number;
  readonly body: string;
}

/** What to do about a comment. `kept`: it says already what it should. */
export type CommentEdit =
  | { readonly edit: 'create'; readonly marker: string; readonly body: string }
  | { readonly edit: 'replace' | 'retire'; readonly marker: string; readonly id: number; readonly body: string }
  | { readonly edit: 'kept'; readonly marker: string; readonly id: number };

/**
 * How the comments there become the ones that should be. The oldest with a marker is edited; others with the same one, which two runs at
 * once may have made, and those of accounts that no plan is about say that they no longer apply. `existing` are those of this author alone, oldest first. A partial
 * text of plans says nothing of the accounts that it lacks: their comments are left alone.
 */
export function commentEdits(
  wanted: readonly PlanComment[],
  existing: readonly ExistingComment[],
  { partial }: { readonly partial: boolean },
): readonly CommentEdit[] {
  const markers = new Set(wanted.map(({ marker }) => marker));
  const open = new Map(wanted.map((comment) => [comment.marker, comment]));
  const edits = existing.flatMap((comment): readonly CommentEdit[] => {
    const marker = markerOf(comment.body);
    if (marker === undefined || (partial && !markers.has(marker))) return [];
    const { body } = open.get(marker) ?? {};
    open.delete(marker);
    const edit = body === undefined ? 'retire' : 'replace';
    return [editOf(comment, { edit, marker, id: comment.id, body: body ?? retiredBody(marker) })];
  });
  return [...edits, ...[...open.values()].map(({ marker, body }) => ({ edit: 'create', marker, body }) as const)];
}

/** Forges keep line breaks as they like. */
function editOf(comment: ExistingComment, edit: Extract<CommentEdit, { edit: 'replace' | 'retire' }>): CommentEdit {
  const isSame = comment.body.replace(/\r\n/g, '\n').trimEnd() === edit.body.trimEnd();
  return isSame ? { edit: 'kept', marker: edit.marker, id: edit.id } : edit;
}

function retiredBody(marker: string): string {
  const of = marker === allAccountsMarker ? '' : ` for ${code(quoted(markedAccount(marker)))}`;
  return `${marker}\n### vonage-gitops plan${of}\n\n**No longer applies.** What the latest plan says of this request is in another comment, or it does not touch the account.\n`;
}
