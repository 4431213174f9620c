/** How many runs; `npm run test:chaos` asks for more. */
export const runs = Number(process.env['CHAOS_RUNS'] ?? '100');

/** Printed in the names of the tests: given again, it repeats the run. */
export const seed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 0x7fff_ffff));
