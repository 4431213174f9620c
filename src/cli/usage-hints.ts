const dryRun = 'plan shows what apply would do, and never writes';
const confirmed = 'apply --yes skips the confirmation prompt';
const narrow = 'guards are lifted one at a time, such as with apply --allow-deletes N';
const secret =
  'other users of the machine can see options. Set VONAGE_API_KEY and VONAGE_API_SECRET, or VONAGE_API_SECRET_FILE, in the environment';
const only = '--only GLOB selects applications by name, --selector LABEL=VALUE by label';
const values = 'values for placeholders are under variables in the configuration';
const format = '--format json prints JSON; plan --out FILE saves the plan';
const logs = '--log-level debug logs more, --log-level error less';

/** What to use instead of options that people know from other tools; without the dashes. */
export const optionHints: ReadonlyMap<string, string> = byWord([
  [['auto-approve', 'approve', 'y', 'assume-yes', 'no-input', 'non-interactive'], confirmed],
  [['force', 'f'], narrow],
  [['dry-run', 'dryrun', 'n', 'check', 'noop', 'preview', 'what-if', 'whatif', 'diff'], dryRun],
  [['refresh', 'refresh-only'], 'plan reads the account each time, and shows what was changed in it'],
  [['destroy'], 'remove the manifest: with policy: sync apply deletes its application'],
  [['target', 'filter', 'name', 'l', 'label'], only],
  [['var', 'var-file', 'set'], values],
  [['json', 'output', 'o'], format],
  [['debug', 'trace'], logs],
  [['silent', 'q'], '--quiet prints only data, warnings and errors'],
  [['url', 'host', 'server'], '--daemon URL names the daemon, VONAGE_API_URL the API'],
  [['v', 'V'], '--version prints the version, plan --verbose lists more, --log-level debug logs more'],
  [['no-color', 'no-colour', 'colour'], '--color never'],
  [['parallelism', 'concurrency'], 'concurrency is set in the configuration'],
  [['api-key', 'api-secret', 'key', 'secret', 'password', 'token', 'credentials'], secret],
]);

const removal =
  'no command deletes applications. Remove the manifest: with policy: sync, apply deletes the application';
const adoption =
  'a manifest adopts the application that has its name, or the id in metadata.id. Write one, and see plan';
const beginning =
  'write a manifest, such as one of examples/quickstart, and run plan. schema config describes the configuration';
const listing = 'status lists the accounts and their applications, ledger show what is owned';
const undoing = 'revert the commit and run apply. restore NAME creates a deleted application again';
const keeping = 'run reconciles continuously';

/** What to use instead of commands that people know from other tools; of groups with the group before them. */
export const commandHints: ReadonlyMap<string, string> = byWord([
  [['destroy', 'delete', 'remove', 'rm', 'uninstall'], removal],
  [['import', 'adopt'], adoption],
  [['new', 'create', 'add', 'generate'], beginning],
  [['diff', 'preview', 'refresh', 'dry-run', 'drift'], 'plan shows the differences, and never writes'],
  [['list', 'ls', 'get', 'applications', 'apps'], listing],
  [['show', 'describe', 'inspect'], 'explain NAME describes one application'],
  [['pull', 'dump', 'fetch'], 'export writes manifests of the applications in the account'],
  [['lint', 'check', 'verify', 'test'], 'validate checks manifests'],
  [['up', 'deploy', 'push', 'update', 'set'], 'apply brings the accounts in sync with their manifests'],
  [['rollback', 'undo', 'revert'], undoing],
  [['start', 'serve', 'server', 'daemon', 'watch'], keeping],
  [['login', 'auth', 'configure'], 'set VONAGE_API_KEY and VONAGE_API_SECRET in the environment. doctor checks them'],
  [['unlock', 'force-unlock'], 'a lock whose process has ended is taken over by the next command. doctor shows locks'],
  [['mock', 'fake', 'simulator'], 'emulator serves the Application API on this machine'],
  [['workspace', 'env', 'profile'], 'several accounts are listed in the configuration, and --account NAME chooses one'],
  [['state list', 'state ls'], 'ledger show lists what is owned'],
  [['state rm', 'state remove'], 'release NAME stops managing an application'],
  [['state mv'], 'metadata.formerly in a manifest renames an application, and state rename an account'],
  [['ledger list'], 'ledger show lists what is owned'],
  [['keys show', 'keys get'], 'keys path NAME prints where the private key is'],
  [['keys rotate'], 'rotate-key NAME replaces a key pair'],
]);

function byWord(groups: readonly (readonly [words: readonly string[], hint: string])[]): ReadonlyMap<string, string> {
  return new Map(groups.flatMap(([words, hint]) => words.map((word) => [word, hint] as const)));
}
