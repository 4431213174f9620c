/** Whether an Authorization header is Basic with these credentials, `key:secret`; the scheme's case does not matter. */
export function isAuthorized(header: string | null, credentials: string): boolean {
  const [, encoded] = /^basic\s+(\S+)$/i.exec(header?.trim() ?? '') ?? [];
  return encoded !== undefined && Buffer.from(encoded, 'base64').toString('utf8') === credentials;
}
