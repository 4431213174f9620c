import type { SecretReader } from './secret.ts';

const vonageHost = /(^|\.)(nexmo|vonage)\.com\.?$/;

/**
 * Where an account's phone numbers are asked for: what the environment says, else the file, else Vonage's own host for accounts that are
 * there, and the API's host for all others. Where the environment sends the account to another API, such as an emulator, what the file
 * says is not for that one: credentials of an emulator never go to the real host.
 */
export function restUrlOf(
  fromFile: string | undefined,
  apiUrl: string,
  environment: SecretReader['environment'],
): string {
  const { VONAGE_REST_URL: given = '', VONAGE_API_URL: moved = '' } = environment;
  if (given !== '') return given.replace(/\/+$/, '');
  if (fromFile !== undefined && moved === '') return fromFile.replace(/\/+$/, '');
  const { hostname, origin } = new URL(apiUrl);
  return vonageHost.test(hostname) ? 'https://rest.nexmo.com' : origin;
}
