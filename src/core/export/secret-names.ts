import { isCredentialName } from '../manifest/substitute.ts';
import { nameStem } from './file-names.ts';

/** Longest name without its number, in characters. */
const longest = 200;
const placeholderName = /\$\{([A-Za-z_][A-Za-z0-9_]*)/g;

/** Gives each secret a variable of its own: two secrets under one name would overwrite each other at the next apply. */
export class SecretNames {
  readonly #taken: Set<string>;

  /** `taken`: names that mean something already, whatever their case. */
  constructor(taken: Iterable<string>) {
    this.#taken = new Set([...taken].map((name) => name.toUpperCase()));
  }

  /** The names of a manifest are taken from now on, in comments, too: somebody may put those back. */
  take(manifestText: string): void {
    for (const [, name = ''] of manifestText.matchAll(placeholderName)) this.#taken.add(name.toUpperCase());
  }

  /** `SUPPORT_LINE_VIDEO_ARCHIVE_STATUS_SECRET`, or with `_2` where that is taken or cannot be used in manifests. */
  give(application: string, path: readonly string[]): string {
    const words = [nameStem(application), ...path].join('_').toUpperCase();
    const plain = words.replaceAll(/[^A-Z0-9]+/g, '_').slice(0, longest);
    const name = /^[A-Z]/.test(plain) && !isCredentialName(plain) ? plain : `APP_${plain}`;
    for (let number = 1; ; number += 1) {
      const numbered = number === 1 ? name : `${name}_${number}`;
      if (this.#taken.has(numbered) || isCredentialName(numbered)) continue;
      this.#taken.add(numbered);
      return numbered;
    }
  }
}
