import type { NumbersReading } from './numbers-reading.ts';

/** Reading which of the account's phone numbers use which application. Whatever the API does is a reading, too: nothing rejects. */
export interface NumbersReader {
  /** For showing: a reading of the last ten minutes, if there is one. */
  read(signal?: AbortSignal): Promise<NumbersReading>;
  /** For what is about to be done. */
  readAfresh(signal?: AbortSignal): Promise<NumbersReading>;
}
