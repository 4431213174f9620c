import packageJson from '../../package.json' with { type: 'json' };

/** Version of this program. */
export const version: string = packageJson.version;

/** How this program introduces itself to the API. */
export const userAgent = `vonage-gitops/${version}`;
