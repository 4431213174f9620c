import type { ApplicationId } from '../application/application.ts';
import type { NumbersReading, PhoneNumber } from '../in-use/numbers-reading.ts';
import { numbersText } from '../in-use/numbers-text.ts';

/** Which phone numbers use an application, as comments of its manifest; nothing where that is not known. */
export function linkedNotes(reading: NumbersReading | undefined): (id: ApplicationId) => readonly string[] {
  const linked = new Map<ApplicationId, PhoneNumber[]>();
  for (const number of reading?.outcome === 'read' ? reading.numbers : []) {
    for (const id of new Set(number.applications)) linked.set(id, [...(linked.get(id) ?? []), number]);
  }
  return (id) => {
    const numbers = linked.get(id);
    return numbers === undefined ? [] : [numbersText(numbers)];
  };
}
