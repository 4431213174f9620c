import type { NumbersReading } from './numbers-reading.ts';

/** Reading which of the account's phone numbers use which application. Whatever the API does is a reading, too: nothing rejects. */
export interface NumbersReader {
  /** For showing: a reading of the last ten minutes, if there is one. */
  read(signal?: AbortSignal): Promise<NumbersReading>;
  /** The last reading, however it ended, if it is not older than ten minutes: nobody is asked. */
  last(): NumbersReading | undefined;
  /** For what is about to be done. */
  readAfresh(signal?: AbortSignal): Promise<NumbersReading>;
}
