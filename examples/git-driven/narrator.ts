import type { AccountName, Stage } from './stage.ts';

/** How an account and its source must be in the end; what is left out may be anything. Commits are full ids. */
interface Expected {
  readonly state?: string;
  readonly source?: string;
  readonly refusal?: string;
  readonly accepted?: string;
  readonly tip?: string;
}

/** As much of the JSON of `status` as is looked at. */
interface Report {
  readonly accounts: readonly {
    readonly account: string;
    readonly state: string;
    readonly revision: { readonly enforced: string | null };
    readonly source: {
      readonly state: string;
      readonly refusal?: string;
      readonly accepted?: { readonly id: string };
      readonly tip?: { readonly id: string };
    } | null;
  }[];
}

/** Tells the story, and stops it where something does not come true. */
export class Narrator {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  readonly say = (text: string): void => {
    process.stdout.write(`\n${text}\n`);
  };

  /** Runs a command for whoever reads the story. */
  readonly show = async (...args: readonly string[]): Promise<void> => {
    const { output } = await this.#stage.run(...args);
    process.stdout.write(`\n$ vonage-gitops ${args.join(' ')}\n${output.replaceAll(/^(?=.)/gm, '  ')}`);
  };

  readonly until: Stage['until'] = (what, isSo) => this.#stage.until(what, isSo);

  /** Waits until the account has applications of these names, answered at these paths. */
  readonly accountHas = async (
    account: AccountName,
    applications: readonly (readonly [name: string, path: string])[],
  ): Promise<void> => {
    for (const [name, path] of applications) {
      const address = `"https://voice.example.com/${path}"`;
      await this.until(`application "${name}" of account ${account} is answered by ${address}`, () =>
        this.#stage
          .admin(account)
          .applications()
          .some((live) => live.name === name && JSON.stringify(live).includes(address)),
      );
    }
  };

  /** Waits until `status` shows it. */
  readonly statusShows = async (account: AccountName, expected: Expected): Promise<void> => {
    await this.until(`status of account ${account} shows ${JSON.stringify(expected)}`, async () => {
      const { code, output } = await this.#stage.run('status', '--format', 'json', '--account', account);
      if (code === 1 || !output.startsWith('{')) return false; // not up yet
      const { accounts } = JSON.parse(output) as Report;
      const shown = accounts.find((one) => one.account === account);
      return shown !== undefined && isAs(shown, expected);
    });
  };

  /** Waits until the forge shows this of an account at a commit, as `state: description`, and tells it. */
  readonly commitShows = async (commit: string, account: AccountName, expected: string): Promise<void> => {
    await this.until(
      `the forge shows "${expected}" of account ${account} at commit ${commit}`,
      () => this.#stage.commitStatus(commit, account)?.startsWith(expected) === true,
    );
    const status = this.#stage.commitStatus(commit, account);
    process.stdout.write(`\n  commit ${commit.slice(0, 12)} at the forge: vonage-gitops/${account} ${status}\n`);
  };

  /** Waits until `history` has this text. */
  readonly historyTells = async (text: string): Promise<void> => {
    await this.until(`history tells: ${text}`, async () => (await this.#stage.run('history')).output.includes(text));
  };

  /** @throws {Error} when the account has no application of this name */
  readonly nothingDeleted = async (account: AccountName, name: string): Promise<void> => {
    if (
      !this.#stage
        .admin(account)
        .applications()
        .some((live) => live.name === name)
    )
      throw new Error(`application "${name}" of account ${account} is gone`);
  };
}

function isAs({ state, revision, source }: Report['accounts'][number], expected: Expected): boolean {
  const shown: Expected = {
    state,
    ...(source?.state === undefined ? {} : { source: source.state }),
    ...(source?.refusal === undefined ? {} : { refusal: source.refusal }),
    ...(source?.accepted === undefined ? {} : { accepted: source.accepted.id }),
    ...(source?.tip === undefined ? {} : { tip: source.tip.id }),
  };
  const isSynced =
    expected.state !== 'synced' || expected.accepted === undefined || revision.enforced === expected.accepted;
  return isSynced && Object.entries(expected).every(([key, value]) => shown[key as keyof Expected] === value);
}
