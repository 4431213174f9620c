/**
 * A daemon that follows a git repository, and what it does when people push, break things, rewrite history and move directories.
 * Two accounts are emulated, both take their manifests from one repository. Run it with: examples/git-driven/run
 * test/e2e/git-driven.test.ts runs it as well.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Narrator } from './narrator.ts';
import { Stage } from './stage.ts';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
process.stdout.on('error', () => interrupted.abort()); // the reader is gone

const directory = mkdtempSync(join(tmpdir(), 'vonage-gitops-git-driven-'));
const stage = await Stage.open(directory, interrupted.signal);
const { repository } = stage;
const { say, show, until, accountHas, statusShows, commitShows, historyTells, nothingDeleted } = new Narrator(stage);
try {
  await pushes();
  await signatures();
  await deletes();
  await rewrittenHistory();
  await outages();
  await move();
  say('The end. docs/configuration.md describes sources, docs/operations.md what to do in each of their states.');
} catch (error) {
  process.exitCode = interrupted.signal.aborted ? 130 : 1;
  if (!interrupted.signal.aborted)
    process.stderr.write(`\n${String(error)}\n\nThe daemon's log:\n${stage.daemonLog}\n`);
} finally {
  await stage.close();
  rmSync(directory, { recursive: true, force: true });
}

function manifest(name: string, answerUrl: string, formerly?: string): string {
  return `apiVersion: vonage-gitops/v1
kind: Application
metadata:
  name: ${name}${formerly === undefined ? '' : `\n  formerly: ["${formerly}"]`}
spec:
  capabilities:
    voice:
      webhooks:
        answer_url: { address: "https://voice.example.com/${answerUrl}" }
`;
}

async function pushes(): Promise<void> {
  say('1. Create. Ann pushes nine manifests for account main and one for account office, and the daemon is started.');
  for (const [file, name] of [
    ['ivr', 'IVR'],
    ['support', 'Support'],
    ['sales', 'Sales'],
    ...['1', '2', '3', '4', '5', '6'].map((number) => [`branch-${number}`, `Branch ${number}`] as const),
  ] as const)
    repository.write(`apps/main/${file}.yaml`, manifest(name, file));
  repository.write('apps/office/reception.yaml', manifest('Reception', 'reception'));
  const first = repository.push('Bring our applications into git');
  stage.startDaemon();
  await accountHas('main', [
    ['IVR', 'ivr'],
    ['Support', 'support'],
    ['Sales', 'sales'],
    ['Branch 6', 'branch-6'],
  ]);
  await accountHas('office', [['Reception', 'reception']]);
  await statusShows('main', { state: 'synced', source: 'ok', accepted: first });
  await commitShows(first, 'main', 'success: applied: 9 created');
  await commitShows(first, 'office', 'success: applied: 1 created');
  await show('status');

  say('2. Edit. Support gets another answer URL, and the git server says so by a webhook.');
  repository.write('apps/main/support.yaml', manifest('Support', 'support/v2'));
  const edited = repository.push('Answer Support by version 2');
  await stage.sendWebhook();
  await statusShows('main', { state: 'synced', source: 'ok', accepted: edited });
  await commitShows(edited, 'main', 'success: applied: 1 updated');
  await commitShows(edited, 'office', 'success: no change for office');
  await accountHas('main', [['Support', 'support/v2']]);

  say('3. Rename. Sales becomes Orders; formerly keeps it the same application, with its id, numbers and keys.');
  const { id } =
    stage
      .admin('main')
      .applications()
      .find(({ name }) => name === 'Sales') ?? {};
  repository.write('apps/main/sales.yaml', manifest('Orders', 'sales', 'Sales'));
  const newName = pushed('Call Sales by its new name');
  await statusShows('main', { state: 'synced', source: 'ok', accepted: newName });
  await commitShows(newName, 'main', 'success: applied: 1 updated');
  await accountHas('main', [['Orders', 'sales']]);
  const renamed = stage
    .admin('main')
    .applications()
    .find(({ name }) => name === 'Orders');
  if (renamed?.id !== id) throw new Error('Orders is another application than Sales was');

  say('4. An invalid manifest: IVR stays as it was, and account office of the same repository goes on.');
  repository.write('apps/main/ivr.yaml', manifest('IVR', 'ivr/v2').replace('answer_url', 'anwser_url'));
  repository.write('apps/office/reception.yaml', manifest('Reception', 'reception/v2'));
  const broken = pushed('Change IVR and Reception');
  await accountHas('office', [['Reception', 'reception/v2']]);
  await until('account main tells the problem', async () => (await stage.run('status')).output.includes('anwser_url'));
  await accountHas('main', [['IVR', 'ivr']]);
  await show('status');
  await commitShows(broken, 'main', 'failed: 1 error in manifests');
  await commitShows(broken, 'office', 'success: applied: 1 updated');
  repository.write('apps/main/ivr.yaml', manifest('IVR', 'ivr/v2'));
  const spelled = pushed('Spell answer_url right');
  await statusShows('main', { state: 'synced', source: 'ok', accepted: spelled });
  await commitShows(spelled, 'main', 'success: applied: 1 updated');
  await accountHas('main', [['IVR', 'ivr/v2']]);
}

async function signatures(): Promise<void> {
  say('5. From now on commits must be signed. An unsigned one is refused, and named.');
  repository.signCommits();
  stage.configure({ verify: true });
  const accepted = repository.git('rev-parse', 'HEAD');
  repository.write('apps/main/ivr.yaml', manifest('IVR', 'ivr/unsigned'));
  const unsigned = pushed('Forget to sign');
  await statusShows('main', { source: 'refused', refusal: 'unsigned', accepted, tip: unsigned });
  await commitShows(unsigned, 'main', 'failed: refused: unsigned');
  await accountHas('main', [['IVR', 'ivr/v2']]);
  await show('status');

  say('   A signed one on top of it is accepted.');
  repository.sign('signed');
  repository.write('apps/main/ivr.yaml', manifest('IVR', 'ivr/v3'));
  const signed = pushed('Answer IVR by version 3');
  await statusShows('main', { state: 'synced', source: 'ok', accepted: signed });
  await commitShows(signed, 'main', 'success: applied: 1 updated');
  await accountHas('main', [['IVR', 'ivr/v3']]);

  say('6. Revert.');
  repository.git('revert', '--no-edit', 'HEAD~2..HEAD');
  const reverted = pushedAsItIs();
  await statusShows('main', { state: 'synced', source: 'ok', accepted: reverted });
  await commitShows(reverted, 'main', 'success: applied: 1 updated');
  await accountHas('main', [['IVR', 'ivr/v2']]);
}

async function deletes(): Promise<void> {
  say(
    '7. Delete. A manifest is removed, and its application goes; the history says which commit removed it, and whose.',
  );
  repository.remove('apps/main/sales.yaml');
  const retired = pushed('Retire Orders');
  await until('Orders is deleted', () => !names('main').includes('Orders'));
  await historyTells(
    `applied delete "Orders", its manifest was removed in ${retired.slice(0, 12)} by ann@example.com: "Retire Orders"`,
  );
  await show('history', '--account', 'main');
  await commitShows(retired, 'main', 'success: applied: 1 deleted');

  say(
    '8. Six manifests at once: more than one pass may delete by itself. All deletes are blocked until someone allows them.',
  );
  repository.remove(...['1', '2', '3', '4', '5', '6'].map((number) => `apps/main/branch-${number}.yaml`));
  const closed = pushed('Close all branches');
  await statusShows('main', { state: 'attention', source: 'ok', accepted: closed });
  await accountHas('main', [['Branch 1', 'branch-1']]);
  await show('status', '--account', 'main');
  await commitShows(closed, 'main', 'failed: 6 changes blocked by deletes-max');
  await show('apply', '--account', 'main', '--allow-deletes', '6', '--yes');
  await until('the branches are deleted', () => names('main').join() === 'IVR,Support');
  await show('sync', '--account', 'main');
  await commitShows(closed, 'main', 'success: in sync');
}

async function rewrittenHistory(): Promise<void> {
  say('9. Bob creates Billing and edits Support; then Ann force-pushes the commit before, which knows neither.');
  repository.write('apps/main/billing.yaml', manifest('Billing', 'billing'));
  repository.write('apps/main/support.yaml', manifest('Support', 'support/v3'));
  await statusShows('main', { state: 'synced', source: 'ok', accepted: pushed('Create Billing') });
  await accountHas('main', [['Billing', 'billing']]);
  repository.git('branch', 'lost');
  repository.git('reset', '--quiet', '--hard', 'HEAD~1');
  await statusShows('main', { source: 'ok', accepted: pushedAsItIs('--force') });
  await accountHas('main', [['Support', 'support/v2']]);
  await historyTells('rewound: commit ');
  await nothingDeleted('main', 'Billing');
  say('   What it says is enforced; what it does not know is not deleted, and not in the next passes either.');
  await show('sync', '--account', 'main');
  await nothingDeleted('main', 'Billing');
  await show('status', '--account', 'main');

  say('10. Merge. The lost commit comes back by a merge, and Billing is as any other again.');
  repository.git('merge', '--quiet', '--no-ff', '-m', 'Merge what was lost', 'lost');
  const merged = pushedAsItIs();
  await statusShows('main', { state: 'synced', source: 'ok', accepted: merged });
  await commitShows(merged, 'main', 'success: applied: ');
  await accountHas('main', [
    ['Billing', 'billing'],
    ['Support', 'support/v3'],
  ]);
}

async function outages(): Promise<void> {
  const before = names('main').join();
  say('11. The branch is deleted at the server: nothing happens to the accounts.');
  repository.deleteBranch();
  stage.hurry();
  await statusShows('main', { source: 'ref-missing' });
  await show('status', '--account', 'main');
  await show('sync');
  if (names('main').join() !== before) throw new Error('an application is gone');
  repository.pushAsItIs();
  stage.hurry();
  await statusShows('main', { state: 'synced', source: 'ok' });

  say(
    '12. The git server is down, the daemon is restarted, and someone changes IVR in the dashboard: it is healed all the same.',
  );
  repository.takeAway();
  await stage.stopDaemon();
  const ivr = stage
    .admin('main')
    .applications()
    .find(({ name }) => name === 'IVR');
  stage.admin('main').put(ivr?.id ?? '', { name: 'IVR', capabilities: { rtc: {} } });
  stage.startDaemon();
  await accountHas('main', [['IVR', 'ivr/v2']]);
  await statusShows('main', { source: 'not-found' });
  await show('status', '--account', 'main');
  repository.giveBack();
  stage.hurry();
  await statusShows('main', { state: 'synced', source: 'ok' });
}

async function move(): Promise<void> {
  const before = names('main').join();
  say('13. The directory of account main moves within the repository: it is missing now, which deletes nothing.');
  repository.git('mv', 'apps/main', 'applications');
  const moved = pushed('Move our manifests');
  await statusShows('main', { state: 'attention', source: 'path-missing' });
  await commitShows(moved, 'main', 'failed: cannot be read: what was applied last stays in effect');
  await show('status', '--account', 'main');

  say('    The configuration follows; the move deletes nothing either.');
  stage.configure({ path: 'applications' });
  await statusShows('main', { state: 'synced', source: 'ok', accepted: moved });
  await commitShows(moved, 'main', 'success: ');
  if (names('main').join() !== before) throw new Error('an application is gone');

  say('    Deletes after the move work as before.');
  repository.remove('applications/billing.yaml');
  const last = pushed('Retire Billing');
  await until('Billing is deleted', () => !names('main').includes('Billing'));
  await historyTells('applied delete "Billing"'); // it is written when the pass ends
  await statusShows('main', { state: 'synced', source: 'ok', accepted: last });
  await commitShows(last, 'main', 'success: applied: 1 deleted');
  await show('history', '--account', 'main');
}

/** Pushes, and makes the daemon look. */
function pushed(subject: string): string {
  const commit = repository.push(subject);
  stage.hurry();
  return commit;
}

function pushedAsItIs(...options: readonly string[]): string {
  const commit = repository.pushAsItIs(...options);
  stage.hurry();
  return commit;
}

function names(account: 'main' | 'office'): readonly string[] {
  return stage
    .admin(account)
    .applications()
    .map(({ name }) => name);
}
