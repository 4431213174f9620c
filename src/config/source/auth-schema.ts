import { z } from '../../core/zod.ts';
import { secretSchema } from '../secret-schema.ts';
import { refuse } from './refuse.ts';

const file = z.strictObject({ file: z.string().min(1).describe('Path of the file, relative to this file.') });

const id = z.int().min(1);

/** How a source shows who it is: one way of three. */
export const authSchema = z
  .strictObject({
    token: secretSchema.optional().describe('Access token, for an https URL; the right to read is enough.'),
    sshKey: file.optional().describe('Private key without passphrase, for an ssh URL; the right to read is enough.'),
    knownHosts: file
      .optional()
      .describe(
        'Keys of the ssh server, in the format of known_hosts. Required with sshKey: no key is trusted at first use.',
      ),
    githubApp: z
      .strictObject({
        appId: id.describe('Id of the app.'),
        installationId: id.describe('Id of the installation of the app.'),
        privateKey: secretSchema.describe('Private key of the app, in PEM.'),
      })
      .optional()
      .describe('GitHub App, for an https URL; the permission to read contents is enough.'),
  })
  .transform(({ token, sshKey, knownHosts, githubApp }, context) => {
    const [one, other] = Object.entries({ token, sshKey, githubApp }).flatMap(([way, value]) => (value ? [way] : []));
    if (one !== undefined && other !== undefined)
      return refuse(context, `set either ${one} or ${other}, not both`, [other]);
    if (sshKey === undefined && knownHosts !== undefined)
      return refuse(context, 'only sshKey has use for known hosts: set sshKey, or remove knownHosts', ['knownHosts']);
    if (token !== undefined) return { kind: 'token' as const, token };
    if (githubApp !== undefined) return { kind: 'github-app' as const, ...githubApp };
    if (sshKey === undefined)
      return refuse(context, 'expected one of token, sshKey, githubApp; a public repository needs no auth');
    if (knownHosts === undefined)
      return refuse(context, 'sshKey needs the keys of the server: set knownHosts: { file: PATH }');
    return { kind: 'ssh-key' as const, file: sshKey.file, knownHosts: knownHosts.file };
  })
  .describe(
    'How the repository is accessed; exactly one of token, sshKey and githubApp. Default: as a public repository.',
  );
