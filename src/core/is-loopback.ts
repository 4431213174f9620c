/** Whether a host name is this machine. Source: RFC 6761, RFC 5735, RFC 4291. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
