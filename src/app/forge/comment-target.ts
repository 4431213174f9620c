import { ReconcilerError } from '../../core/errors.ts';
import { type ForgeKind, forgeUrlProblem } from '../../core/git/forge-api.ts';
import { type ForgeComments, largestPage } from '../../forge/comments.ts';
import { githubComments } from '../../forge/github-comments.ts';
import { gitlabComments } from '../../forge/gitlab-comments.ts';
import { sender } from '../../net/request.ts';
import type { CliContext } from '../context.ts';
import { proxySettings } from '../proxy-settings.ts';
import { userAgent } from '../version.ts';

/** Where comments are written. */
export interface TargetOptions {
  readonly forge: ForgeKind;
  readonly number: number;
  /** Of GitHub: `owner/name`. */
  readonly repo?: string;
  /** Of GitLab: number or path. */
  readonly project?: string;
  readonly apiUrl?: string;
}

/** The request that is commented, and where the token came from. */
export interface CommentTarget {
  readonly comments: ForgeComments;
  readonly tokenFrom: string;
  /** What the request is called there. */
  readonly what: string;
}

const timeoutMs = 30_000;

/** Variables of the forges' own pipelines. Sources: docs.github.com, "Variables reference"; docs.gitlab.com, "Predefined CI/CD variables reference" */
const known = {
  github: { token: 'GITHUB_TOKEN', place: 'GITHUB_REPOSITORY', api: 'GITHUB_API_URL', flag: '--repo OWNER/NAME' },
  gitlab: { token: 'GITLAB_TOKEN', place: 'CI_PROJECT_ID', api: 'CI_API_V4_URL', flag: '--project ID' },
} as const;

/**
 * The request that options and environment name. The token comes only from the environment.
 * @throws {ReconcilerError} E_USAGE
 */
export function commentTarget(options: TargetOptions, context: CliContext): CommentTarget {
  const { forge, number } = options;
  const { environment } = context;
  const { token, tokenFrom } = tokenFor(forge, context);
  const place = (forge === 'github' ? options.repo : options.project) ?? environment[known[forge].place] ?? '';
  checkPlace(forge, place);
  const apiUrl = apiUrlOf(options, environment);
  const send = sender({ userAgent, proxy: proxySettings(environment), timeoutMs, largestResponse: largestPage });
  const common = { apiUrl, token, send, now: () => context.clock.now(), number };
  return {
    tokenFrom,
    what: `${place}${forge === 'github' ? '#' : '!'}${number}`,
    comments:
      forge === 'github'
        ? githubComments({ ...common, graphqlUrl: graphqlUrlOf(apiUrl), repository: place })
        : gitlabComments({ ...common, project: place }),
  };
}

function tokenFor(forge: ForgeKind, { environment, redaction }: CliContext) {
  const names = ['VONAGE_GITOPS_FORGE_TOKEN', known[forge].token];
  for (const tokenFrom of names) {
    const token = environment[tokenFrom]?.trim() ?? '';
    if (token === '') continue;
    redaction.learn([token]);
    if (/^[\x21-\x7e]+$/.test(token)) return { token, tokenFrom };
    throw new ReconcilerError('E_USAGE', { message: `${tokenFrom}: not a token: it has white space within` });
  }
  const message = `no token for comments. Set ${names.join(' or ')} in the environment`;
  throw new ReconcilerError('E_USAGE', { message });
}

function checkPlace(forge: ForgeKind, place: string): void {
  const pattern = forge === 'github' ? /^[\w.-]+\/[\w.-]+$/ : /^[\w.-]+(\/[\w.-]+)*$/;
  if (pattern.test(place) && !place.split('/').some((name) => /^\.+$/.test(name))) return;
  const { flag, place: variable } = known[forge];
  const found = place === '' ? 'it is not named' : `"${place}" is not one`;
  throw new ReconcilerError('E_USAGE', {
    message: `the ${forge === 'github' ? 'repository' : 'project'} of the request: ${found}. Pass ${flag}, or set ${variable}`,
  });
}

/** Sources: docs.github.com, "Getting started with the REST API"; docs.gitlab.com, "REST API" */
const defaultApiUrls = { github: 'https://api.github.com', gitlab: 'https://gitlab.com/api/v4' } as const;

/** A token is sent there: encrypted, or to this machine. */
function apiUrlOf({ forge, apiUrl }: TargetOptions, environment: CliContext['environment']): string {
  const name = apiUrl === undefined ? known[forge].api : '--api-url';
  const text = apiUrl ?? environment[name] ?? defaultApiUrls[forge];
  const problem = forgeUrlProblem(text);
  if (problem === undefined) return text.replace(/\/+$/, '');
  throw new ReconcilerError('E_USAGE', { message: `${name}: ${problem}` });
}

/** Source: docs.github.com, "Forming calls with GraphQL", for GitHub and for GitHub Enterprise Server, whose REST API is below /api/v3. */
function graphqlUrlOf(apiUrl: string): string {
  return apiUrl.endsWith('/api/v3') ? apiUrl.replace(/v3$/, 'graphql') : `${apiUrl}/graphql`;
}
