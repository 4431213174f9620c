/** Who sends a webhook, which decides how it is signed; `generic` is anybody's script. */
export const webhookKinds = ['github', 'gitlab', 'bitbucket', 'gitea', 'generic'] as const;

/** Who sends a webhook. */
export type WebhookKind = (typeof webhookKinds)[number];
