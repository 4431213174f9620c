import type { Ref } from '../../core/git/ref.ts';
import type { RepositoryAddress } from '../../core/git/repository-address.ts';

/** What of a git source depends on one another. */
interface Settings {
  readonly url: RepositoryAddress;
  readonly ref: Ref;
  readonly auth?: { readonly kind: 'token' | 'ssh-key' | 'github-app' } | undefined;
  readonly ca?: string | undefined;
  readonly verify?: { readonly mode: 'head' | 'tag' | 'all' } | undefined;
  readonly immutableTags?: boolean | undefined;
  readonly allowRewind?: boolean | undefined;
}

interface Contradiction {
  readonly path: readonly string[];
  readonly message: string;
}

/** Settings of a git source that do not go together, each by itself valid: one that has no effect is taken for a mistake. */
export function contradictionsIn(settings: Settings): readonly Contradiction[] {
  return [
    { path: ['auth'], message: authProblem(settings) },
    { path: ['ca'], message: caProblem(settings) },
    { path: ['verify', 'mode'], message: modeProblem(settings) },
    { path: ['immutableTags'], message: immutableTagsProblem(settings) },
    { path: ['allowRewind'], message: allowRewindProblem(settings) },
  ].flatMap(({ path, message }) => (message === undefined ? [] : [{ path, message }]));
}

function authProblem({ url: { scheme }, auth }: Settings): string | undefined {
  if (scheme === 'file') return auth && 'a directory of this machine needs no auth: remove it';
  if (scheme === 'ssh') {
    if (auth === undefined)
      return 'missing: an ssh URL needs a key. Set auth: { sshKey: { file: PATH }, knownHosts: { file: PATH } }';
    return auth.kind === 'ssh-key' ? undefined : 'an ssh URL needs sshKey and knownHosts; this is for an https URL';
  }
  return auth?.kind === 'ssh-key' ? `sshKey is for an ssh URL; an ${scheme} URL needs token or githubApp` : undefined;
}

function caProblem({ url: { scheme }, ca }: Settings): string | undefined {
  return ca !== undefined && scheme !== 'https' ? 'only an https server has a certificate: remove ca' : undefined;
}

function modeProblem({ ref, verify }: Settings): string | undefined {
  return verify?.mode === 'tag' && !isTag(ref)
    ? `there is no tag to verify where ref is a ${ref.kind}: use head or all, or follow a tag`
    : undefined;
}

function immutableTagsProblem({ ref, immutableTags }: Settings): string | undefined {
  return immutableTags !== undefined && !isTag(ref)
    ? `there is no tag that could move where ref is a ${ref.kind}: remove immutableTags`
    : undefined;
}

function allowRewindProblem({ verify, allowRewind }: Settings): string | undefined {
  return allowRewind !== undefined && verify === undefined
    ? 'only a verified source refuses to go back: set verify, or remove allowRewind'
    : undefined;
}

function isTag({ kind }: Ref): boolean {
  return kind === 'tag' || kind === 'semver';
}
