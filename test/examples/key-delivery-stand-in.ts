import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Stands in for kubectl, vault, aws and age: does what the examples ask of them, in a directory, and writes down how it was called. */

type Fields = Record<string, unknown>;

const [, , command = '', directory = '', ...args] = process.argv;
const stateFile = join(directory, 'state.json');

function load(): Record<string, Fields> {
  return existsSync(stateFile) ? JSON.parse(readFileSync(stateFile, 'utf8')) : {};
}

function save(state: Record<string, Fields>): void {
  writeFileSync(stateFile, JSON.stringify(state));
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(254);
}

function option(name: string): string {
  const at = args.indexOf(name);
  return at < 0 ? '' : (args[at + 1] ?? '');
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null) return patch;
  const result = fieldsOf(target);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merged(result[name], value);
  }
  return result;
}

function kubectl(): void {
  const state = load();
  const [, namespace = '', verb, , name = ''] = args;
  if (verb === 'get') {
    const found = state[`${namespace}/${name}`];
    if (found !== undefined) process.stdout.write(JSON.stringify(found));
    return;
  }
  const given = JSON.parse(readFileSync(verb === 'patch' ? option('--patch-file') : 0, 'utf8'));
  const key = `${namespace}/${verb === 'patch' ? name : given.metadata.name}`;
  if ((verb === 'patch') !== key in state) fail(`Error from server: ${key}`);
  save({ ...state, [key]: fieldsOf(verb === 'patch' ? merged(state[key], given) : given) });
  process.stdout.write(`${key} written\n`);
}

function vault(): void {
  const [, , mount = '', path = '', field = ''] = args;
  const [name = '', file = ''] = field.split('=@');
  const value = field === '-' ? JSON.parse(readFileSync(0, 'utf8')) : { [name]: readFileSync(file, 'utf8') };
  save({ ...load(), [`${mount.replace('-mount=', '')}/${path}`]: value });
}

function aws(): void {
  const state = load();
  const [, verb] = args;
  const name = option('--name') || option('--secret-id');
  const secret = state[name];
  if (verb !== 'create-secret' && secret === undefined)
    fail('An error occurred (ResourceNotFoundException) when calling the operation: cannot find the secret.');
  const stages = fieldsOf(secret?.['VersionIdsToStages']);
  const text = option('--secret-string').replace('file://', '');
  const version = option('--client-request-token');
  const versions = {
    ...fieldsOf(secret?.['versions']),
    ...(version === '' ? {} : { [version]: text && readFileSync(text, 'utf8') }),
  };
  const move = (stage: string, to: string): Fields => {
    const others = Object.entries(stages).map(([id, held]) => [
      id,
      Array.isArray(held) ? held.filter((one) => one !== stage) : [],
    ]);
    const kept = Object.fromEntries(others);
    return { ...kept, [to]: [...(kept[to] ?? []), stage] };
  };
  const [key = '', value = ''] = option('--tags')
    .split(',')
    .map((part) => part.replace(/^(Key|Value)=/, ''));
  const others = Array.isArray(secret?.['Tags']) ? secret['Tags'].filter((tag) => tag.Key !== key) : [];
  const Tags = key === '' ? others : [...others, { Key: key, Value: value }];
  if (verb === 'describe-secret') process.stdout.write(JSON.stringify(secret));
  if (verb === 'create-secret')
    save({ ...state, [name]: { Tags, versions, VersionIdsToStages: { [version]: ['AWSCURRENT'] } } });
  if (verb === 'put-secret-value')
    save({ ...state, [name]: { ...secret, versions, VersionIdsToStages: move('AWSPENDING', version) } });
  if (verb === 'tag-resource') save({ ...state, [name]: { ...secret, Tags } });
  if (verb === 'update-secret-version-stage') {
    const to = option('--move-to-version-id');
    if (!(to in versions)) fail('InvalidParameterException');
    save({ ...state, [name]: { ...secret, VersionIdsToStages: move(option('--version-stage'), to) } });
  }
}

function age(): void {
  if (!readFileSync(option('--recipients-file'), 'utf8').startsWith('age1')) fail('no recipients');
  const hash = createHash('sha256')
    .update(readFileSync(args.at(-1) ?? ''))
    .digest('hex');
  writeFileSync(option('--output'), `age-encryption.org/v1 ${hash}\n`);
}

appendFileSync(join(directory, 'calls'), `${JSON.stringify({ command, args, environment: process.env })}\n`);
if (existsSync(join(directory, 'away'))) fail(`${command}: connection refused`);
const commands: Readonly<Record<string, () => void>> = { kubectl, vault, aws, age };
commands[command]?.();
