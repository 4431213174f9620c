import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the program was installed: this file is bundled into another one, which lies elsewhere in the package. */
export function packageDirectory(from: string = import.meta.dirname): string {
  return existsSync(join(from, 'package.json')) ? from : packageDirectory(dirname(from));
}
