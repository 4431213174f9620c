import type { CliContext } from '../../../app/context.ts';
import { countErrors, showProblems } from '../../../app/report-error.ts';
import { type CommonOptions, oneAccount, openSession } from '../../../app/session.ts';
import { type FetchOptions, fetchSources } from '../../../app/source/fetch-sources.ts';
import { openSource, readingOf } from '../../../app/source/open-source.ts';
import { type StandInOptions, withStandIn } from '../../../app/source/stand-in.ts';
import { byPlace, compareTexts } from '../../../core/compare.ts';
import { ReconcilerError } from '../../../core/errors.ts';
import { exitCodes } from '../../../core/exit-codes.ts';
import { renderManifest } from '../../../core/layers/render-manifest.ts';
import { defaultManifestOptions } from '../../../core/manifest/options.ts';
import { formatPlace } from '../../../core/problem.ts';

/** Options of `render`. */
export type RenderOptions = CommonOptions & FetchOptions & StandInOptions;

/** Prints the manifests of an account as they are in effect, in the order of their names. Needs neither credentials nor values of the environment. */
export async function renderCommand(options: RenderOptions, context: CliContext): Promise<number> {
  const session = withStandIn(await openSession({ context, options }), options, undefined);
  const account = oneAccount(session);
  const assertFetched = await fetchSources(session, options);
  assertFetched(account);
  const unknownValues = { opaqueVariables: true };
  const desired = await openSource(session, account, unknownValues).load({ signal: context.stop });
  showProblems(desired.problems, desired.root, context);
  if (desired.manifests.length + desired.broken.length === 0 && !account.policy.allowEmpty)
    throw new ReconcilerError('E_NO_MANIFESTS', { root: desired.root });
  const manifestOptions = { ...defaultManifestOptions, ...readingOf(session, account, unknownValues).manifests };
  const inOrder = desired.manifests.toSorted((one, other) => compareTexts(one.name, other.name) || byPlace(one, other));
  const texts = inOrder.flatMap((manifest) => {
    const parts = desired.texts?.get(formatPlace(manifest.place));
    return parts === undefined ? [] : [renderManifest(manifest, parts, manifestOptions)];
  });
  context.stdout.write(texts.join('---\n'));
  return countErrors(desired.problems) > 0 ? exitCodes.invalid : exitCodes.done;
}
