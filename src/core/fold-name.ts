// Default-ignorable characters are not shown at all: zero width spaces, joiners, direction marks, variation selectors.
const invisible = /\p{Default_Ignorable_Code_Point}/gu;
const control = /\p{Cc}/gu;

/**
 * A name without what people overlook: Unicode composition, case, white space around and doubled inside, and characters that are not
 * shown. A line break or tab counts as a space; other control characters count as nothing.
 */
export function foldName(name: string): string {
  const shown = name.replaceAll(invisible, '').replaceAll(/\s+/g, ' ').replaceAll(control, '');
  const folded = shown.normalize('NFC').toUpperCase().toLowerCase(); // by way of upper case, for letters with several small forms
  return folded.normalize('NFC').replaceAll(/ +/g, ' ').trim();
}
