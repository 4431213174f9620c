import type { ApplicationId } from '../application/application.ts';

/** What a target is told of a key: never the key itself. */
export interface KeyFacts {
  /** The application's name. */
  readonly name: string;
  /** Not known before its create is confirmed. */
  readonly id?: ApplicationId;
  /** As its manifest says; empty where it has none. */
  readonly labels: Readonly<Record<string, string>>;
  /** SHA-256 (hex) of the public key's DER form. */
  readonly fingerprint: string;
}

/** Where private keys are delivered to, without the power to do so. */
export interface KeyPlace {
  /** Names it in the ledger and to people, without secrets: `directory <absolute path>`, `exec <absolute program>`. One of its name in an account. */
  readonly name: string;
  /** The absolute path of the file in which a key of this application is kept once it is active; `{id}` stands in it as it is while there is no id. Undefined where there is none. */
  fileFor(key: KeyFacts): string | undefined;
}
