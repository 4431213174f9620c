/** What a key file named by a manifest holds, or why it cannot be used. */
export type KeyFile = { readonly text: string } | { readonly reason: string };

/** What manifests are read with, beside their files. */
export interface ManifestOptions {
  /** Directories of the layers relative to the manifests' root, in their order, none inside another; one empty text when there is one. */
  readonly layers: readonly string[];
  /** What is added to every name. */
  readonly nameSuffix: string;
  /** Values of `${NAME}` from the configuration. They may be shown. */
  readonly variables: Readonly<Record<string, string>>;
  /** Environment variables; only allowed ones are looked at. Their values are never shown. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Names of the environment variables that manifests may use. */
  readonly allowedEnvironment: readonly string[];
  /** Names of environment variables that hold credentials, beside the well-known ones. They can never be used. */
  readonly credentialVariables: readonly string[];
  /** Whether an allowed but unset variable is taken as unknown, with a warning, instead of an error. */
  readonly opaqueVariables: boolean;
  /** Configured secrets. A manifest that holds one of 8 characters or more is refused. */
  readonly secrets: readonly string[];
  /** Capabilities whose content is taken as it is. */
  readonly passthroughCapabilities: readonly string[];
  /** Glob patterns of the names this account's manifests may declare; empty means all. */
  readonly scopeNames: readonly string[];
  /** Glob patterns of the names that other entries of the configuration have for the same account at Vonage: never ours. */
  readonly neighborScopes: readonly string[];
  /** Looks up a key file by its path relative to the root, which is within it by its letters; links are the callee's to check. */
  readonly keyFile: (path: string) => KeyFile;
}

/** Options of an account whose configuration says nothing. */
export const defaultManifestOptions: ManifestOptions = {
  layers: [''],
  nameSuffix: '',
  variables: {},
  environment: {},
  allowedEnvironment: [],
  credentialVariables: [],
  opaqueVariables: false,
  secrets: [],
  passthroughCapabilities: [],
  scopeNames: [],
  neighborScopes: [],
  keyFile: () => ({ reason: 'key files cannot be read here' }),
};
