import type { Session } from '../app/session.ts';
import { quoted } from '../core/render/visible.ts';
import type { SecondLookOptions } from '../reconcile/second-look.ts';
import type { Progress } from './progress.ts';

/** Names that the line has at most. */
const mostNames = 5;

/** Says before a plan what is waited for, and how long. */
export function waitLine({ say }: Session, reading: Progress): SecondLookOptions['onWait'] {
  return (seconds, names) => {
    reading.stop();
    const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
    const whom = `${names.slice(0, mostNames).map(quoted).join(', ')}${more}`;
    say(`Waiting ${seconds} s for a second check of ${whom}: missing at Vonage, and one check is not enough.\n`);
  };
}
