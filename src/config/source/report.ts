import { type ForgeKind, forgeApiUrl, forgeRepository } from '../../core/git/forge-api.ts';
import { type Secret, type SecretReader, secretOf } from '../secret.ts';
import type { SourceConfig } from '../source.ts';
import type { ReportFile } from './reports-schema.ts';

/** Where it is told what came of the commits of a source. */
export interface ReportConfig {
  readonly kind: ForgeKind;
  readonly source: SourceConfig;
  /** Undefined where a GitHub App gives one out. */
  readonly token: Secret | undefined;
  /** What comes before the account in the name of a status. */
  readonly context: string;
  /** Without a slash at its end. */
  readonly apiUrl: string;
  /** What the repository is called there, such as `acme/voice`. */
  readonly repository: string;
}

/** The report that a checked entry of the file describes. @throws {RangeError} for a source that a checked file would have */
export function reportConfig(
  { kind, source: name, token, context, apiUrl }: ReportFile,
  sources: readonly SourceConfig[],
  reader: SecretReader,
): ReportConfig {
  const source = sources.find((one) => one.name === name);
  const url = apiUrl ?? (source && forgeApiUrl(kind, source.address));
  if (source === undefined || url === undefined) throw new RangeError(`reports: source ${name}`);
  return {
    kind,
    source,
    token: token && secretOf(token, `report of source ${name}`, 'token', reader),
    context,
    apiUrl: url,
    repository: forgeRepository(source.address),
  };
}
