import { isAbsolute } from 'node:path';
import { typeWords } from '../../core/schema-words.ts';
import { z } from '../../core/zod.ts';
import { variableName } from '../secret-schema.ts';
import { refuse } from '../source/refuse.ts';
import { deliveredFileProblem } from './delivered-file.ts';

const expectedDirectory = 'a directory, such as /run/vonage-keys';
const expectedFile = 'a file name, such as "{slug}.pem"';

const directory = z.strictObject({
  path: z
    .string({ error: typeWords(expectedDirectory) })
    .min(1, { error: `expected ${expectedDirectory}` })
    .describe('Directory for private keys, relative to this file. It must exist, outside of any git work tree.'),
  file: z
    .string({ error: typeWords(expectedFile) })
    .refine((text) => deliveredFileProblem(text) === undefined, {
      error: ({ input }) => deliveredFileProblem(String(input)) ?? `expected ${expectedFile}`,
    })
    .default('{slug}.pem')
    .describe('Name of the file of a key, with {slug} (of the name), {id}, {fingerprint} or {account}.'),
  mode: z
    .enum(['0400', '0440', '0600', '0640', '0660'], {
      error: 'expected one of "0400", "0440", "0600", "0640", "0660", in quotes',
    })
    .default('0400')
    .describe('Permission bits of the files. Their group is that of the directory, where it has the setgid bit.'),
});

const exec = z.strictObject({
  command: z
    .array(z.string())
    .min(1, { error: 'expected the absolute path of a program, and its arguments' })
    .refine(([program]) => program === undefined || isAbsolute(program), {
      error: 'expected the absolute path of a program first, such as /usr/local/bin/deliver-key',
    })
    .describe('Absolute path of the program, and its arguments. Needs VONAGE_GITOPS_ALLOW_EXEC=1 in the environment.'),
  environment: z
    .array(variableName)
    .default([])
    .describe('Environment variables that the program may see, beside PATH, HOME and LANG.'),
  timeoutSeconds: z.int().min(1).max(600).default(30).describe('Longest that the program may take, in seconds.'),
});

const target = z
  .strictObject({
    directory: directory.optional().describe('Private keys as files, for programs of this machine.'),
    exec: exec.optional().describe('A program that delivers private keys.'),
  })
  .transform((given, context): Target => {
    if (given.directory !== undefined && given.exec === undefined) return { directory: given.directory };
    if (given.exec !== undefined && given.directory === undefined) return { exec: given.exec };
    return refuse(context, 'expected { directory: { path: DIR } } or { exec: { command: [PROGRAM] } }');
  });

type Target =
  | { readonly directory: z.output<typeof directory>; readonly exec?: undefined }
  | { readonly directory?: undefined; readonly exec: z.output<typeof exec> };

/** `keys.deliver` of an account. */
export const deliverSchema = z
  .array(target)
  .default([])
  .describe('Where the private keys of applications are delivered to, beside the key directory.');

/** One target of the file. */
export type DeliveryFile = z.output<typeof target>;
