import { webhookKinds } from '../../core/git/webhook-kind.ts';
import { z } from '../../core/zod.ts';
import { secretSchema } from '../secret-schema.ts';

/** By what a server reports a push. */
export const webhookSchema = z
  .strictObject({
    kind: z
      .enum(webhookKinds)
      .describe('Who sends it: github; gitlab; bitbucket; gitea, also Forgejo; or generic, a script of yours.'),
    secret: secretSchema.describe('Secret that the webhook is signed with; for GitLab its secret token.'),
  })
  .describe('Lets the git server report a push, by POST to /hooks/KIND/NAME. Default: no webhook.');
