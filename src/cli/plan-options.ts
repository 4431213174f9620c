import { ReconcilerError } from '../core/errors.ts';
import type { Overrides, Selection } from '../core/policy.ts';
import type { CommonOptions } from './session.ts';

/** Options that choose a part of the account and widen single guards; plan and apply share them. */
export interface SelectionOptions extends CommonOptions {
  readonly only?: readonly string[];
  readonly selector?: readonly string[];
  readonly allowDeletes?: number;
  readonly allowUpdates?: number;
  readonly allowCreates?: number;
  readonly allowRemovals?: readonly string[];
}

/** What the options select. @throws {ReconcilerError} E_USAGE for a selector that is not KEY=VALUE */
export function selectionOf(options: SelectionOptions, folder: string | undefined): Selection {
  return {
    only: options.only ?? [],
    labels: Object.fromEntries((options.selector ?? []).map(parseSelector)),
    ...(folder === undefined ? {} : { folder }),
  };
}

function parseSelector(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new ReconcilerError('E_USAGE', { message: `--selector ${text}: expected LABEL=VALUE, such as team=support` });
}

/** What the options allow. A command is run by a person or on a person's behalf, so fights are healed once more. */
export function overridesOf(options: SelectionOptions): Overrides {
  const { allowDeletes, allowUpdates, allowCreates } = options;
  return {
    ...(allowDeletes === undefined ? {} : { allowDeletes }),
    ...(allowUpdates === undefined ? {} : { allowUpdates }),
    ...(allowCreates === undefined ? {} : { allowCreates }),
    allowRemovals: options.allowRemovals ?? [],
    healFights: true,
  };
}
