import { readdirSync, readFileSync } from 'node:fs';

/** The arguments of every process of this machine, as everybody can read them; what ended meanwhile has none. */
export function commandLines(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    });
}
