import fc from 'fast-check';

/** Fewer examples per law: under mutation each law is run again for every mutant it reaches. */
fc.configureGlobal({ numRuns: 15 });
