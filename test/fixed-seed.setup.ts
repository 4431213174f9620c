import fc from 'fast-check';

// The same stories in every run of `npm test`: a change is judged by its own merits. `npm run test:chaos` explores with new seeds.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 20261123 });
process.env['CHAOS_SEED'] ??= '20261123';
