import type { Application, ApplicationId, LiveState } from '../../src/core/application/application.ts';
import { ReconcilerError } from '../../src/core/errors.ts';
import type { NumbersReader } from '../../src/core/in-use/numbers-reader.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Manifest } from '../../src/core/manifest/manifest.ts';
import type { Plan } from '../../src/core/plan/plan.ts';
import { defaultPolicy, everything, noOverrides, type Policy } from '../../src/core/plan/policy.ts';
import type { ApplyResult, FoundCreate, Report } from '../../src/core/plan/report.ts';
import { Semaphore } from '../../src/core/semaphore.ts';
import { applyPlan } from '../../src/reconcile/apply.ts';
import { finishUndecided } from '../../src/reconcile/finish-undecided.ts';
import { deliverPending } from '../../src/reconcile/keys/deliver-pending.ts';
import type {
  ApplicationWriter,
  CreateOutcome,
  KeyTarget,
  ListOptions,
  PassRules,
  ReconcilePorts,
} from '../../src/reconcile/ports.ts';
import { makePlan, reconcile } from '../../src/reconcile/reconcile.ts';
import { decidedPlan } from '../../src/reconcile/second-look.ts';
import { settleIntents } from '../../src/reconcile/settle.ts';
import { aDesiredState } from '../builders.ts';
import { FakeClock, FakeLog } from './fake-clock.ts';
import { FakeKeys } from './fake-keys.ts';
import { FakeLedger } from './fake-ledger.ts';
import { FakeProcess } from './fake-process.ts';
import { FakeServer, withoutKeys } from './fake-server.ts';

/** What can go wrong with one request. `late` takes effect half the settle time after its answer was given up. */
export type Fault = 'lost-before' | 'lost-after' | 'late' | 'refused' | 'not-sent' | 'failing' | 'unstable';

/** What a POST is answered with; `create` makes it take effect. */
export type CreateAnswer = (create: () => Application) => Application;

/** The verbs that can go wrong. */
export type FaultyCall = 'list' | 'get' | 'create' | 'replace' | 'remove';

/** One account with all its ports in memory: a server, a disk, a process that can die, and time that the test moves. */
export class FakeAccount implements ApplicationWriter {
  readonly process = new FakeProcess();
  readonly clock = new FakeClock();
  /** Lost creates that were found, in order. */
  readonly found: FoundCreate[] = [];
  readonly log = new FakeLog();
  readonly keys = new FakeKeys(this.process);
  readonly ledger = new FakeLedger(this.process, this.clock);
  readonly server = new FakeServer(() => this.clock.elapsed());
  readonly #faults = new Map<FaultyCall, (Fault | Error)[]>();
  readonly #before = new Map<FaultyCall, (() => void)[]>();
  readonly #answers: CreateAnswer[] = [];
  /** Ids that listings looked up by GET, in order. */
  readonly confirmed: ApplicationId[] = [];
  /** How often each call was made. */
  readonly requests = { list: 0, get: 0, create: 0, replace: 0, remove: 0 };
  /** What time the API tells with a listing, if it tells one. */
  serverTime: number | undefined;
  /** Whether list items carry keys. */
  listKeys = true;
  /** Whether responses about one application carry keys. */
  showKeys = true;
  /** Applications about which a GET brings no verdict: a gateway answers. */
  isSilent: (id: ApplicationId) => boolean = () => false;
  /** Where private keys are delivered to. */
  targets: readonly KeyTarget[] = [];
  /** Whose phone numbers are asked for, if any are. */
  numbers: NumbersReader | undefined;
  desired = aDesiredState();
  rules: PassRules = {
    account: { name: 'main', hash: 'of-key-and-host' },
    policy: defaultPolicy,
    selection: everything,
    overrides: noOverrides,
    whenStale: 'replan',
    keyCustody: 'safe',
    adoptionCustody: 'safe',
    movingNames: new Set(),
  };

  /** These manifests are the desired state from now on. */
  declare(...manifests: readonly Manifest[]): void {
    this.desired = aDesiredState({ manifests });
  }

  /** Changes the account's policy. */
  allow(policy: Partial<Policy>): void {
    this.rules = { ...this.rules, policy: { ...this.rules.policy, ...policy } };
  }

  /** The next calls of that kind go wrong, one after another. */
  fail(call: FaultyCall, ...faults: readonly (Fault | Error)[]): void {
    this.#faults.set(call, [...(this.#faults.get(call) ?? []), ...faults]);
  }

  /** The next creates that go well are answered so, one after another. */
  answerCreates(...answers: readonly CreateAnswer[]): void {
    this.#answers.push(...answers);
  }

  /** No further call goes wrong. */
  heal(): void {
    this.#faults.clear();
    this.#answers.length = 0;
    this.server.outage = false;
    this.server.readLagMs = 0;
    this.isSilent = () => false;
  }

  /** Somebody acts right before the next calls of that kind take effect, once for each. */
  beforeNext(call: FaultyCall, ...acts: readonly (() => void)[]): void {
    this.#before.set(call, [...(this.#before.get(call) ?? []), ...acts]);
  }

  /** A new process: only what is on the disk is left, and of the unsaved records the first `saved`. */
  restart(saved = 0): void {
    this.process.restart();
    this.keys.restart();
    this.ledger.restart(saved);
  }

  get ports(): ReconcilePorts {
    const { ledger, keys, clock, log, rules, numbers } = this;
    const onFound = (create: FoundCreate) => void this.found.push(create);
    const deliveries =
      this.targets.length === 0 ? {} : { deliveries: { targets: this.targets, turn: new Semaphore(1) } };
    const source = { load: async () => this.desired };
    return { source, api: this, ledger, keys, clock, log, rules, onFound, numbers, ...deliveries };
  }

  /** Time passes until a read proves what became of the last write. */
  settle(): void {
    this.clock.advance(this.rules.policy.creates.settleSeconds * 1000);
  }

  plan(): Promise<Plan> {
    return makePlan(this.ports);
  }

  /** One pass, as the daemon does it. */
  pass(signal = new AbortController().signal): Promise<Report> {
    return reconcile(this.ports, signal);
  }

  /** What the command apply does: a pass that waits for second looks before it begins, and for lost answers before it ends. */
  async apply(signal = new AbortController().signal): Promise<Report> {
    const options = { signal, timeoutMs: 300_000, onWait: () => undefined };
    await settleIntents(this.ports, signal);
    const plan = await decidedPlan(this.ports, options);
    await deliverPending(this.ports, signal);
    const results: ApplyResult[] = [];
    for await (const result of applyPlan(plan, this.ports, signal)) results.push(result);
    return { plan, results: await finishUndecided({ plan, results }, this.ports, options) };
  }

  async list({ confirm, confirmAtMost }: ListOptions): Promise<LiveState> {
    const fault = this.#next('list');
    return this.process.call('api.list', () => {
      if (fault !== undefined && fault !== 'unstable') throw lost('GET', fault);
      const pages = this.server.listed();
      const seen = fault === 'unstable' ? pages.slice(1) : pages;
      const listed = new Set(seen.map(({ id }) => id));
      const absent = [...new Set(confirm)].filter((id) => !listed.has(id));
      const { found, missing, unconfirmed } = this.#confirm(absent, confirmAtMost ?? absent.length);
      const shown = this.listKeys ? seen : seen.map(withoutKeys);
      const time = this.serverTime === undefined ? {} : { serverTime: this.serverTime };
      return { applications: [...shown, ...found], stable: fault !== 'unstable', missing, unconfirmed, ...time };
    });
  }

  /** What GETs say of ids that no page held; nothing is known of the rest. */
  #confirm(absent: readonly ApplicationId[], atMost: number): Confirmed {
    const verdictOn = (id: ApplicationId) => {
      this.confirmed.push(id);
      return this.isSilent(id) ? 'unconfirmed' : (this.server.shown(id) ?? 'missing');
    };
    const first = absent.slice(0, Math.max(1, atMost)).map((id) => [id, verdictOn(id)] as const);
    const rest = absent.slice(first.length).map((id) => [id, 'unconfirmed'] as const);
    const verdicts = [...first, ...rest];
    const idsOf = (wanted: unknown) => new Set(verdicts.flatMap(([id, verdict]) => (verdict === wanted ? [id] : [])));
    const found = verdicts.flatMap(([, verdict]) => (typeof verdict === 'object' ? [this.#shown(verdict)] : []));
    return { found, missing: idsOf('missing'), unconfirmed: idsOf('unconfirmed') };
  }

  async get(id: ApplicationId): Promise<Application | undefined> {
    const fault = this.#next('get');
    return this.process.call('api.get', () => {
      if (fault !== undefined) throw lost('GET', fault);
      if (this.isSilent(id)) throw noVerdict();
      const application = this.server.shown(id);
      return application && this.#shown(application);
    });
  }

  #shown(application: Application): Application {
    return this.showKeys ? application : withoutKeys(application);
  }

  async create(body: JsonObject): Promise<CreateOutcome> {
    const fault = this.#next('create');
    return this.process.call('api.create', (): CreateOutcome => {
      if (fault === undefined) return { outcome: 'created', application: this.#answerTo(body) };
      if (fault === 'lost-after') this.server.create(body);
      if (fault === 'late') this.server.createLater(body, this.rules.policy.creates.settleSeconds * 500);
      const error = lost('POST', fault);
      if (fault === 'refused' || fault === 'not-sent') return { outcome: fault, error };
      return { outcome: 'unknown', error };
    });
  }

  #answerTo(body: JsonObject): Application {
    const create = () => this.#shown(this.server.create(body));
    return this.#answers.shift()?.(create) ?? create();
  }

  async replace(id: ApplicationId, body: JsonObject): Promise<Application> {
    const fault = this.#next('replace');
    return this.process.call('api.replace', () => {
      if (fault !== undefined && fault !== 'lost-after') throw lost('PUT', fault);
      const application = this.server.replace(id, body);
      if (application === undefined) {
        throw new ReconcilerError('E_APPLICATION_GONE', { application: String(body['name']), applicationId: id });
      }
      if (fault !== undefined) throw lost('PUT', fault);
      return this.#shown(application);
    });
  }

  async remove(id: ApplicationId): Promise<void> {
    const fault = this.#next('remove');
    return this.process.call('api.remove', () => {
      if (fault !== undefined && fault !== 'lost-after') throw lost('DELETE', fault);
      this.server.remove(id);
      if (fault !== undefined) throw lost('DELETE', fault);
    });
  }

  #next(call: FaultyCall): Fault | Error | undefined {
    this.requests[call] += 1;
    this.#before.get(call)?.shift()?.();
    return this.#faults.get(call)?.shift();
  }
}

/** What listings found out about ids that no page held. */
interface Confirmed {
  readonly found: readonly Application[];
  readonly missing: ReadonlySet<ApplicationId>;
  readonly unconfirmed: ReadonlySet<ApplicationId>;
}

function noVerdict(): Error {
  return new ReconcilerError('E_API_FAILED', { verb: 'GET', url: 'https://api.nexmo.com', status: 502, attempts: 1 });
}

function lost(verb: string, fault: Fault | Error): Error {
  if (fault instanceof Error) return fault;
  const url = 'https://api.nexmo.com/v2/applications';
  if (fault === 'refused') {
    return new ReconcilerError('E_API_REJECTED', { verb, url, status: 400, title: 'Bad Request', detail: 'no' });
  }
  if (fault === 'not-sent' || verb === 'GET')
    return new ReconcilerError('E_API_UNREACHABLE', { verb, url, reason: 'refused' }); // no read is ever in doubt
  return new ReconcilerError('E_API_NO_RESPONSE', { verb, url, reason: 'connection reset' });
}
