import { isWithin, type Pointer } from '../pointer.ts';

/** Which of several merged documents each value is of. What none of the others took is of the first. */
export class Origins<Part> {
  readonly #first: Part;
  readonly #parts = new Map<Pointer, Part>();

  constructor(first: Part) {
    this.#first = first;
  }

  /** A document sets or removes the value at a pointer, with all that is below it. */
  take(pointer: Pointer, part: Part): void {
    for (const known of this.#parts.keys()) if (isWithin(known, pointer)) this.#parts.delete(known);
    this.#parts.set(pointer, part);
  }

  /** The document of a value; of one that is not there, of what should hold it, or of who removed it. */
  partOf(pointer: Pointer): Part {
    for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
      const part = this.#parts.get(at);
      if (part !== undefined) return part;
    }
    return this.#first;
  }
}
