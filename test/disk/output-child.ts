/** Writes a text to the file it is given, by a redirection of a shell at most. */
import { writeOutputFile } from '../../src/disk/output-file.ts';

const [path = ''] = process.argv.slice(2);
await writeOutputFile(path, 'a plan', () => Promise.reject(new Error('waited for a reader')));
