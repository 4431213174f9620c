import { type Application, type ApplicationId, parseApplicationId } from '../../src/core/application/application.ts';
import { isJsonObject, type JsonObject, mapMembers, objectMember, omitMembers } from '../../src/core/json.ts';

/** An application at the server. */
interface Stored {
  readonly id: ApplicationId;
  readonly body: JsonObject;
  /** Until when no listing shows it, in milliseconds. */
  readonly hiddenUntil: number;
  /** Whether it came by the API from the reconciler, or from somebody else. */
  readonly madeBy: 'reconciler' | 'foreign';
}

/** One write, as the server sees it. */
export interface FakeWrite {
  /** Undefined for a create. */
  readonly before: JsonObject | undefined;
  readonly sent: JsonObject;
  readonly stored: JsonObject;
}

/** A write that takes effect later than its answer was given up. */
interface LateWrite {
  readonly at: number;
  readonly write: () => void;
}

/** The account as the server has it. What it adds to a body is what the API adds; it is no witness, the emulator is. */
export class FakeServer {
  readonly #now: () => number;
  readonly #applications = new Map<ApplicationId, Stored>();
  /** What the account was before each moment at which it changed, oldest first. */
  readonly #past: { readonly until: number; readonly applications: ReadonlyMap<ApplicationId, Stored> }[] = [];
  #late: LateWrite[] = [];
  #count = 0;
  /** How many POST, PUT and DELETE took effect. */
  writes = 0;
  /** How long a new application is in no listing, in milliseconds. */
  lagMs = 0;
  /** How old what every read shows is, list and GET alike, in milliseconds: a replica that lags behind. */
  readLagMs = 0;
  /** Reads find an empty account, although nothing was deleted; writes work. */
  outage = false;
  /** What the server makes of a body beside its defaults. */
  rewrite: (body: JsonObject) => JsonObject = (body) => body;
  /** What the response to a write shows of what was stored: an old one, or the request given back. */
  respond: (write: FakeWrite) => JsonObject = ({ stored }) => stored;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Everything, in the order of creation. */
  all(): readonly (Application & { readonly madeBy: Stored['madeBy'] })[] {
    this.#catchUp();
    return [...this.#applications.values()].map((stored) => ({ ...applicationOf(stored), madeBy: stored.madeBy }));
  }

  /** What a listing shows now. */
  listed(): readonly Application[] {
    const now = this.#now();
    return [...this.#readable().values()].filter(({ hiddenUntil }) => hiddenUntil <= now).map(applicationOf);
  }

  /** What a GET shows now. */
  shown(id: ApplicationId): Application | undefined {
    const stored = this.#readable().get(id);
    return stored && applicationOf(stored);
  }

  /** The truth about one application. */
  get(id: ApplicationId): Application | undefined {
    this.#catchUp();
    const stored = this.#applications.get(id);
    return stored && applicationOf(stored);
  }

  create(body: JsonObject, madeBy: Stored['madeBy'] = 'reconciler', at = this.#now()): Application {
    this.#count += 1;
    if (madeBy === 'reconciler') this.writes += 1;
    const id = idOf(this.#count);
    const stored = {
      id,
      body: this.#filled(body),
      hiddenUntil: madeBy === 'foreign' ? 0 : at + this.lagMs,
      madeBy,
    };
    this.#put(stored, at);
    return applicationOf({ ...stored, body: this.respond({ before: undefined, sent: body, stored: stored.body }) });
  }

  /** Whether a create is on its way that takes effect later. */
  get isLate(): boolean {
    this.#catchUp();
    return this.#late.length > 0;
  }

  /** The create takes effect only after this many milliseconds. */
  createLater(body: JsonObject, ms: number): void {
    const at = this.#now() + ms;
    this.#late.push({ at, write: () => void this.create(body, 'reconciler', at) });
  }

  /** PUT: replaces everything but the key, which stays unless the body names one. */
  replace(id: ApplicationId, body: JsonObject): Application | undefined {
    this.#catchUp();
    const before = this.#applications.get(id);
    if (before === undefined) return undefined;
    this.writes += 1;
    const keys = { ...objectMember(before.body, 'keys'), ...objectMember(body, 'keys') };
    const stored = { ...before, body: this.#filled({ ...body, keys }) };
    this.#put(stored);
    return applicationOf({
      ...stored,
      body: this.respond({ before: before.body, sent: { ...body, keys }, stored: stored.body }),
    });
  }

  remove(id: ApplicationId): boolean {
    this.#catchUp();
    this.writes += 1;
    return this.#drop(id);
  }

  /** Somebody else creates an application. */
  foreignCreate(body: JsonObject): Application {
    return this.create(body, 'foreign');
  }

  /** Somebody else changes one. */
  foreignChange(id: ApplicationId, change: (body: JsonObject) => JsonObject): void {
    const before = this.#applications.get(id);
    if (before !== undefined) this.#put({ ...before, body: change(before.body) });
  }

  /** Somebody else deletes one. */
  foreignRemove(id: ApplicationId): void {
    this.#drop(id);
  }

  #readable(): ReadonlyMap<ApplicationId, Stored> {
    this.#catchUp();
    if (this.outage) return new Map();
    const asOf = this.#now() - this.readLagMs;
    return this.#past.find(({ until }) => until > asOf)?.applications ?? this.#applications;
  }

  #put(stored: Stored, at = this.#now()): void {
    this.#remember(at);
    this.#applications.set(stored.id, stored);
  }

  #drop(id: ApplicationId): boolean {
    this.#remember(this.#now());
    return this.#applications.delete(id);
  }

  /** Only while reads lag, so that what happens while they do not is seen by all of them from then on. */
  #remember(at: number): void {
    if (this.readLagMs > 0) this.#past.push({ until: at, applications: new Map(this.#applications) });
    else this.#past.length = 0;
  }

  #catchUp(): void {
    const due = this.#late.filter(({ at }) => at <= this.#now());
    this.#late = this.#late.filter(({ at }) => at > this.#now());
    for (const { write } of due) write();
  }

  #filled(body: JsonObject): JsonObject {
    const capabilities = mapMembers(objectMember(body, 'capabilities'), (name, capability) => {
      if (name !== 'voice' || !isJsonObject(capability)) return capability;
      return { signed_callbacks: true, ...voiceWithDefaults(capability) };
    });
    return this.rewrite({ privacy: { improve_ai: false }, ...body, capabilities });
  }
}

function voiceWithDefaults(voice: JsonObject): JsonObject {
  const webhooks = mapMembers(objectMember(voice, 'webhooks'), (name, hook) => ({
    http_method: name === 'event_url' ? 'POST' : 'GET',
    connect_timeout: 1000,
    ...(isJsonObject(hook) ? hook : {}),
  }));
  return { ...voice, webhooks };
}

function applicationOf({ id, body }: Stored): Application {
  return { id, name: String(body['name']), body };
}

/** A listing item in the documented shape, which has no keys. */
export function withoutKeys({ body, ...application }: Application): Application {
  return { ...application, body: omitMembers(body, ['keys']) };
}

function idOf(nth: number): ApplicationId {
  const id = parseApplicationId(`a${nth.toString(16).padStart(31, '0')}`);
  if (id === undefined) throw new RangeError(`not an id: ${nth}`);
  return id;
}
