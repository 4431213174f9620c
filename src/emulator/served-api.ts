import type { ApiParts } from './api-parts.ts';
import type { Misfortune } from './faults/faults.ts';
import type { Reply } from './faults/reply.ts';

/** One of the APIs that the emulator serves, each with errors of its own shape. */
export interface ServedApi {
  /** Do what a request asks for, as far as its faults let it, and answer it. */
  answer(parts: ApiParts, request: Request, target: URL, misfortune: Misfortune): Promise<Reply>;
  /** Its answer with an injected status; `path` is the path asked for, without query. */
  errorReply(parts: ApiParts, status: number, path: string): Reply;
}
