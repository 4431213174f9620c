import type { ProxySettings } from '../net/proxy.ts';
import type { CliContext } from './context.ts';

/** The proxy settings of the environment, in capitals or not. */
export function proxySettings(environment: CliContext['environment']): ProxySettings {
  return {
    httpsProxy: environment.HTTPS_PROXY ?? environment.https_proxy,
    httpProxy: environment.HTTP_PROXY ?? environment.http_proxy,
    noProxy: environment.NO_PROXY ?? environment.no_proxy,
  };
}
