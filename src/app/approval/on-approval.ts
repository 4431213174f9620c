import { unwatchFile, watchFile } from 'node:fs';
import { isOpen } from '../../pass/approvals.ts';
import type { Clock } from '../../reconcile/ports.ts';
import type { approvalFile } from './approval-file.ts';

/** How often a daemon looks whether somebody approved a plan by a command, in milliseconds. */
const approvalPollMs = 2_000;

/** Calls when a plan was approved meanwhile; answers with how to stop looking. That an approval was used is no news. */
export function onApproval(store: ReturnType<typeof approvalFile>, clock: Clock, onChange: () => void): () => void {
  const look = async () => {
    const approval = await store.load();
    if (approval !== undefined && isOpen(approval, clock.now())) onChange();
  };
  const listener = () => void look().catch(() => onChange()); // what cannot be read is told by the pass
  watchFile(store.path, { interval: approvalPollMs, persistent: false }, listener);
  return () => unwatchFile(store.path, listener);
}
