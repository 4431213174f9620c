/** What --color takes. */
export const colorChoices = ['auto', 'always', 'never'] as const;

/** Levels of --log-level, from most to least talk. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

/** Documents that have a published JSON Schema. */
export const documentNames = ['application', 'config', 'plan', 'report'] as const;

/** When to colour. */
export type ColorChoice = (typeof colorChoices)[number];

/** How much is logged. */
export type LogLevel = (typeof logLevels)[number];

/** A kind of document. */
export type DocumentName = (typeof documentNames)[number];
