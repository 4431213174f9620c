import type { Command } from 'commander';
import { type Done, withWriting } from './command-options.ts';
import type { World } from './world.ts';

/** Commands about what is owned: keys, ledger, and single applications. */
export function addStateCommands(program: Command, world: World, done: Done): void {
  addRotateKey(program, world, done);
  addRelease(program, world, done);
}

function addRotateKey(program: Command, world: World, done: Done): void {
  const command = program
    .command('rotate-key')
    .summary('give an application a new key pair')
    .description('Give an owned application a new key pair. The old private key is kept beside it.')
    .argument('<application>', 'name or id');
  withWriting(command).action(async (nameOrId, options) => {
    const { rotateKeyCommand } = await import('./rotate-key.ts');
    done(await rotateKeyCommand(nameOrId, options, world));
  });
}

function addRelease(program: Command, world: World, done: Done): void {
  const command = program
    .command('release')
    .summary('stop owning an application')
    .description('Stop owning an application that no manifest names. It stays at Vonage as it is.')
    .argument('<application>', 'name or id');
  withWriting(command).action(async (nameOrId, options) => {
    const { releaseCommand } = await import('./release.ts');
    done(await releaseCommand(nameOrId, options, world));
  });
}
