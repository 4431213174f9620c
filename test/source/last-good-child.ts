import { started, told } from './kept.ts';

/** Loads the manifests of a folder once, as a process of its own, and says in JSON what they are. */
const { source } = started(process.argv[2] ?? '');
process.stdout.write(JSON.stringify(told(await source.load())));
