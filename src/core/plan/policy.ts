import type { DeletionPolicy } from '../manifest/manifest.ts';

/** What an account's configuration allows a pass to do. */
export interface Policy {
  /** `create-only` never writes to what exists, `upsert` never deletes, `sync` also prunes. */
  readonly policy: 'create-only' | 'upsert' | 'sync';
  /** Whether an unowned application with a manifest's name is taken over (`by-name`) or must be pinned by id (`explicit`). */
  readonly adoption: 'by-name' | 'explicit';
  /** What happens to known capabilities and webhooks that a declared container leaves out. */
  readonly undeclaredCapabilities: 'remove' | 'keep';
  /** For manifests that do not say. */
  readonly deletionPolicy: DeletionPolicy;
  /** `required` blocks a create whose manifest brings no public key. */
  readonly keysMode: 'generate' | 'required';
  /** Whether drift is healed or only reported. */
  readonly onDrift: 'heal' | 'report';
  /** Whether a changed manifest is applied, waits until a person approves the plan, or is only planned. */
  readonly onCommit: 'apply' | 'ask' | 'plan';
  /** Whether manifests from another source are meant, because a configuration file names it, or must be confirmed. */
  readonly newSource: 'follow' | 'confirm';
  /** Whether a desired state without a single manifest may delete. */
  readonly allowEmpty: boolean;
  /** Glob patterns of the application names this account's manifests may see and touch; empty means all. */
  readonly scopeNames: readonly string[];
  /** Whether a change that could cut off phone numbers goes on where it is not known whether any is linked. */
  readonly inUse: 'check' | 'require';
  readonly deletes: {
    /** Most deletes in one pass. */
    readonly max: number;
    /** Most deletes in one pass, in percent (0 to 100) of the owned applications. */
    readonly maxPercent: number;
    /** Maximum deletes in any 24 hours. */
    readonly per24h: number;
  };
  readonly updates: {
    /** Maximum updates in one pass, in percent (0 to 100) of the owned applications, when more than ten are owned. */
    readonly maxPercent: number;
  };
  readonly creates: {
    /** How long after a lost response to a create the application may still appear, in seconds. */
    readonly settleSeconds: number;
  };
}

/** The policy of an account whose configuration says nothing. */
export const defaultPolicy: Policy = {
  policy: 'upsert',
  adoption: 'by-name',
  undeclaredCapabilities: 'remove',
  deletionPolicy: 'delete',
  keysMode: 'generate',
  onDrift: 'heal',
  onCommit: 'apply',
  newSource: 'follow',
  allowEmpty: false,
  scopeNames: [],
  inUse: 'check',
  deletes: { max: 3, maxPercent: 30, per24h: 10 },
  updates: { maxPercent: 50 },
  creates: { settleSeconds: 30 },
};

/** What a person allows for one run, each replacing exactly one guard's numbers. */
export interface Overrides {
  readonly allowDeletes?: number;
  readonly allowUpdates?: number;
  readonly allowCreates?: number;
  /** Names of applications whose adoption may remove capabilities or webhooks. */
  readonly allowRemovals: readonly string[];
  /** Names or ids of applications that may be cut off from the phone numbers that are linked to them. */
  readonly allowLinked?: readonly string[];
  /** A person asks: drift that another writer keeps bringing back is written once more. */
  readonly healFights: boolean;
}

/** No override at all. */
export const noOverrides: Overrides = { allowRemovals: [], healFights: false };

/** Which part of a plan a run carries out. Pairing always sees everything; an empty selection means all. */
export interface Selection {
  /** Glob patterns of application names, or ids. */
  readonly only: readonly string[];
  /** Labels a manifest must carry, every one of them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Directory below the manifests' root, with forward slashes. */
  readonly directory?: string;
}

/** Everything. */
export const everything: Selection = { only: [], labels: {} };
