/** What is known of a failure beyond its word. */
export interface FailureFacts {
  /** Why the server was not asked at all, without any secret. */
  readonly reason?: string;
  /** Where the server says that the repository is now; an address that could be configured. */
  readonly movedTo?: string;
  readonly hostKey?: HostKeyFacts;
}

/** A host's key that is another one than it was. */
export interface HostKeyFacts {
  /** Fingerprints of the key that the host sent, and of the one that is known. */
  readonly sent: string;
  readonly known: string | undefined;
  /** File and line of the known one. */
  readonly file: string;
  readonly line: number;
}
