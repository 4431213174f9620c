import type { Application } from '../application/application.ts';
import { type DeclarableOptions, declarable } from './declarable.ts';
import { escapePlaceholders, hideSecrets } from './hide-secrets.ts';
import { manifestText } from './manifest-text.ts';
import type { SecretNames } from './secret-names.ts';

/** How an application is exported. */
export interface ExportOptions extends DeclarableOptions {
  /** The name the manifest declares: that of the application, but for a suffix of the account. */
  readonly name: string;
  readonly isPinned: boolean;
  readonly names: SecretNames;
}

/** A manifest that declares an application as it is live. */
export interface ExportedManifest {
  readonly text: string;
  /** Variables that must be set for it, in the order of their places, each with the value that is live: for a plan, and for nobody to see. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** The manifest of an application without one: a plan with it finds nothing to change. */
export function exportManifest({ id, body }: Application, options: ExportOptions): ExportedManifest {
  const { name, isPinned, names } = options;
  const { spec, ignore, remarks } = declarable(body, options);
  const { spec: hidden, secrets } = hideSecrets(spec, name, names);
  const written = {
    name: escapePlaceholders(name),
    id: isPinned ? id : undefined,
    ignore,
    spec: hidden,
    remarks,
  };
  return { text: manifestText(written), secrets };
}
