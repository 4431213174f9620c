import got from 'got';
import type { Deliver } from '../daemon/notifier.ts';
import { agentsFor } from '../vonage/proxy.ts';
import { proxySettings } from './proxy-settings.ts';
import { version } from './version.ts';
import type { World } from './world.ts';

/** Sends through the proxy of the environment, if there is one. A redirect is not followed: it would take the signature elsewhere. */
export function deliverBy(environment: World['environment']): Deliver {
  return async ({ url, headers, body, signal }) => {
    const agent = agentsFor(new URL(url), proxySettings(environment), { keepAlive: false, maxSockets: 1 });
    const { statusCode } = await got.post(url, {
      headers: { 'user-agent': `vonage-gitops/${version}`, ...headers },
      body,
      signal,
      agent,
      retry: { limit: 0 },
      timeout: { request: 10_000 },
      followRedirect: false,
      throwHttpErrors: false,
    });
    return statusCode;
  };
}
