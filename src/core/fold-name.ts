/** A name without what people overlook: Unicode composition, case, white space around and doubled inside. */
export function foldName(name: string): string {
  return name.normalize('NFC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
}
