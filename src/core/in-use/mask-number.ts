/** A phone number as people may see it: masked but for its last three digits. One of three digits and less is not shown at all. */
export function maskNumber(msisdn: string): string {
  return msisdn.length > 3 ? `${'*'.repeat(msisdn.length - 3)}${msisdn.slice(-3)}` : '***';
}
