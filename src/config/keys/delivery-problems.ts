import type { Path } from '../../core/manifest/schema.ts';
import type { AccountConfig } from '../account.ts';
import type { CheckedFile, ConfigProblem } from '../problems.ts';
import type { Environment } from '../secret.ts';
import type { DeliveryConfig } from './delivery.ts';

/** Lets the configuration name programs that are run: it may be changed by a pull request, the environment of a run may not. */
const allowExec = 'VONAGE_GITOPS_ALLOW_EXEC';

/** What the environment must allow, and be kept from, and targets that would take each other's keys for foreign ones. */
export function deliveryProblems(
  accounts: readonly AccountConfig[],
  { environment, credentialVariables }: { environment: Environment; credentialVariables: ReadonlySet<string> },
  problemAt: CheckedFile['problemAt'],
): readonly ConfigProblem[] {
  const all = accounts.flatMap(({ name: account, deliveries }, index) =>
    deliveries.map((delivery, at) => ({ account, delivery, path: ['accounts', index, 'keys', 'deliver', at] })),
  );
  return all.flatMap((target, index) => [
    ...twinProblems(target, all.slice(0, index)).map(({ path, message }) => problemAt(path, message)),
    ...execProblems(target, environment[allowExec] === '1', credentialVariables).map(({ path, message }) =>
      problemAt(path, message),
    ),
  ]);
}

interface Target {
  readonly account: string;
  readonly delivery: DeliveryConfig;
  readonly path: Path;
}

interface Found {
  readonly path: Path;
  readonly message: string;
}

/** A target is known by its directory or program, in ledgers, too. */
function twinProblems({ account, delivery, path }: Target, earlier: readonly Target[]): readonly Found[] {
  if (delivery.kind === 'directory') {
    const twin = earlier.find((one) => one.delivery.kind === 'directory' && one.delivery.path === delivery.path);
    const message = `the same directory as one of account ${twin?.account}: each target needs a directory of its own`;
    return twin === undefined ? [] : [{ path: [...path, 'directory', 'path'], message }];
  }
  const [program] = delivery.command;
  const isTwin = earlier.some(
    (one) => one.account === account && one.delivery.kind === 'exec' && one.delivery.command[0] === program,
  );
  const message = `${program} is another target of this account: targets are told apart by their program`;
  return isTwin ? [{ path: [...path, 'exec', 'command'], message }] : [];
}

function execProblems(
  { delivery, path }: Target,
  isAllowed: boolean,
  credentials: ReadonlySet<string>,
): readonly Found[] {
  if (delivery.kind !== 'exec') return [];
  const message = `programs of the configuration are run only with ${allowExec}=1 in the environment`;
  return [
    ...(isAllowed ? [] : [{ path: [...path, 'exec'], message }]),
    ...delivery.environmentNames.flatMap((name, index) =>
      credentials.has(name)
        ? [
            {
              path: [...path, 'exec', 'environment', index],
              message: `${name} holds a credential, which programs must not see`,
            },
          ]
        : [],
    ),
  ];
}
