import { type ForgeKind, forgeApiUrl, forgeRepository, forgeUrlProblem } from '../../core/git/forge-api.ts';
import type { RepositoryAddress } from '../../core/git/repository-address.ts';
import { typeWords } from '../../core/schema-words.ts';
import { z } from '../../core/zod.ts';
import { secretSchema } from '../secret-schema.ts';
import { unknownName } from './names.ts';
import { refuse } from './refuse.ts';

const apiUrl = z.string().transform((text, context) => {
  const problem = forgeUrlProblem(text);
  return problem === undefined ? text.replace(/\/+$/, '') : refuse(context, problem);
});

const report = z.strictObject({
  kind: z.enum(['github', 'gitlab']).describe('Whose API it is, also on a server of your own.'),
  source: z
    .string({ error: typeWords('the name of a source, such as main') })
    .describe('Name of the source, one of sources: statuses are set on its commits.'),
  token: secretSchema
    .optional()
    .describe(
      'Token for the API, with the right to set commit statuses. Default: a token of auth.githubApp of the source, where kind is github.',
    ),
  context: z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/, { error: 'expected at most 100 letters, digits and signs, without spaces' })
    .default('vonage-gitops')
    .describe('What statuses are named: CONTEXT/ACCOUNT. Two daemons on one repository need two contexts.'),
  apiUrl: apiUrl.optional().describe("URL of the API. Default: that of the host in the source's URL."),
});

/** The reports of the file. */
export const reportsSchema = z
  .array(report)
  .default([])
  .describe('Where the daemon reports what came of a commit, as a commit status.');

/** One report of the file. */
export type ReportFile = z.output<typeof report>;

/** What of a file reports depend on. */
interface Reporting {
  readonly reports: readonly ReportFile[];
  readonly sources: readonly {
    readonly name: string;
    readonly git: { readonly url: RepositoryAddress; readonly auth?: { readonly kind: string } | undefined };
  }[];
}

interface Misfit {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Reports that do not fit their source, and those that are there twice. */
export function misfitReports({ reports, sources }: Reporting): readonly Misfit[] {
  return reports.flatMap((one, index) => {
    const source = sources.find(({ name }) => name === one.source);
    const unknown = unknownName(
      one.source,
      sources.map(({ name }) => name),
    );
    const found: readonly Misfit[] =
      source === undefined
        ? [{ path: ['source'], message: unknown }]
        : [...misfits(one, source.git), ...(isTwice(one, reports.slice(0, index)) ? [twice] : [])];
    return found.map(({ path, message }) => ({ path: ['reports', index, ...path], message }));
  });
}

const twice: Misfit = { path: ['context'], message: 'an earlier report sets the same statuses: set another context' };

function isTwice({ kind, source, context, apiUrl: url }: ReportFile, earlier: readonly ReportFile[]): boolean {
  return earlier.some(
    (one) => one.kind === kind && one.source === source && one.context === context && one.apiUrl === url,
  );
}

function misfits(one: ReportFile, { url, auth }: Reporting['sources'][number]['git']): readonly Misfit[] {
  const { kind, token, apiUrl: given } = one;
  const isApp = kind === 'github' && auth?.kind === 'github-app';
  const path = forgeRepository(url);
  return [
    ...(token !== undefined || isApp ? [] : [missingToken(kind)]),
    ...(isApp && token === undefined && given !== undefined ? [elsewhere] : []),
    ...(given === undefined && forgeApiUrl(kind, url) === undefined ? [noForge] : []),
    ...(kind === 'github' && path.split('/').length !== 2 ? [notGithub] : []),
  ];
}

function missingToken(kind: ForgeKind): Misfit {
  const unless = kind === 'github' ? ', or auth.githubApp in the source' : '';
  return { path: ['token'], message: `missing: expected { env: NAME } or { file: PATH }${unless}` };
}

const elsewhere: Misfit = {
  path: ['apiUrl'],
  message: 'tokens of the App are for the host of the source: remove apiUrl, or set token',
};
const noForge: Misfit = {
  path: ['apiUrl'],
  message: 'missing: the source is a directory of this machine, which has no API',
};
const notGithub: Misfit = {
  path: ['kind'],
  message: 'a repository at GitHub is OWNER/NAME, and the URL of the source has another path',
};
