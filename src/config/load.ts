import { checkFile } from './check.ts';
import { buildConfig, type Config, type ConfigInput, configOfEnvironment } from './config.ts';

/**
 * The configuration of a run. Environment beats file beats defaults; without a file there is one account, `default`. No credential is
 * needed until `credentials()` is called.
 * @throws {ReconcilerError} E_CONFIG_INVALID with every problem at once, each with its place
 */
export function loadConfig({ file, ...input }: ConfigInput): Config {
  if (file === undefined) return configOfEnvironment(input);
  return buildConfig(checkFile(file.path, file.text), file.path, input);
}
