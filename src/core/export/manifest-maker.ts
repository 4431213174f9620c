import { type Application, type ApplicationId, parseApplicationId } from '../application/application.ts';
import { nameMatcher } from '../name-glob.ts';
import { visible } from '../render/visible.ts';
import { type ExportedManifest, exportManifest } from './export-manifest.ts';
import type { ExistingManifest } from './match-manifests.ts';
import type { RefusalOptions } from './refusals.ts';
import { SecretNames } from './secret-names.ts';

/** Which manifests of an account are made, and how. */
export interface MakerOptions extends RefusalOptions {
  /** Names or ids of the applications that are wanted, as globs; empty means all. */
  readonly only: readonly string[];
  /** Globs of the names this account's manifests may declare; empty means all. */
  readonly scopeNames: readonly string[];
  /** What is added to the names of all manifests. */
  readonly nameSuffix: string;
  /** Whether manifests pin the id of their application; those of one name always do. */
  readonly withIds: boolean;
  readonly withKeys: boolean;
  /** Those that are there. */
  readonly manifests: readonly ExistingManifest[];
}

/** What is known of a manifest only when all applications are. */
interface Rest {
  readonly isPinned: boolean;
  /** Comments at its top, a line each. */
  readonly notes: readonly string[];
  readonly names: SecretNames;
}

/**
 * Makes the manifests of an account's applications, those of one page while the next one is awaited. What is made ahead is used for that
 * very application of the listing alone, and holds no variable: names of those are given in the order of the applications.
 */
export class ManifestMaker {
  readonly #options: MakerOptions;
  readonly #ahead = new WeakMap<Application, ExportedManifest>();
  readonly #ids: ReadonlySet<ApplicationId | undefined>;
  readonly #isNamed: (name: string) => boolean;
  readonly #isInScope: (name: string) => boolean;
  readonly #declared: ReadonlySet<string | undefined>;

  constructor(options: MakerOptions) {
    const { only, scopeNames, manifests } = options;
    this.#options = options;
    this.#ids = new Set(only.map(parseApplicationId));
    this.#isNamed = nameMatcher(only);
    this.#isInScope = nameMatcher(scopeNames);
    this.#declared = new Set(manifests.flatMap(({ id, name }) => [id, name]));
  }

  isWanted({ id, name }: Application): boolean {
    const { only, scopeNames } = this.#options;
    const isMeant = only.length === 0 || this.#ids.has(id) || this.#isNamed(name);
    return isMeant && (scopeNames.length === 0 || this.#isInScope(name));
  }

  /** The name without the suffix that it gets back when the manifest is read; empty where it has none. */
  nameOf({ name }: Application): string {
    const { nameSuffix } = this.#options;
    return name.endsWith(nameSuffix) ? name.slice(0, name.length - nameSuffix.length) : '';
  }

  /** Makes what it can of manifests that may be asked for. */
  makeAhead(applications: readonly Application[]): void {
    for (const application of applications) {
      if (this.#declared.has(application.id) || this.#declared.has(application.name)) continue;
      if (!this.isWanted(application)) continue;
      const manifest = this.#made(application, this.#options.withIds, new SecretNames([]));
      if (manifest.secrets.size === 0) this.#ahead.set(application, manifest);
    }
  }

  /** The application's manifest. */
  make(application: Application, { isPinned, notes, names }: Rest): ExportedManifest {
    const ahead = isPinned === this.#options.withIds ? this.#ahead.get(application) : undefined;
    const { text, secrets } = ahead ?? this.#made(application, isPinned, names);
    return { text: [...notes.map((note) => `# ${visible(note)}`), text].join('\n'), secrets };
  }

  #made(application: Application, isPinned: boolean, names: SecretNames): ExportedManifest {
    return exportManifest(application, { ...this.#options, name: this.nameOf(application), isPinned, names });
  }
}
