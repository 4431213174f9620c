/** Milliseconds between two signs of life. */
export const heartbeatMs = 5_000;

/** An owner without a sign of life for so many milliseconds looks gone. */
export const takeOverMs = 30_000;

/** For so many milliseconds after a heartbeat that succeeded its owner may begin to write; what is in flight then ends. */
export const heldMs = takeOverMs / 2;

/**
 * For so many milliseconds, counted by whoever takes over, the heartbeat of an owner that looks gone must not move: longer than that
 * owner may still write, however much the clocks of two machines differ.
 */
export const secondLookMs = heldMs + 3_000;
