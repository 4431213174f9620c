/** Why a process cannot listen at an address, in words; undefined for an error that does not come from listening. */
export function listenReason(error: NodeJS.ErrnoException): string | undefined {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'another process listens there';
    case 'EACCES':
      return 'permission denied: ports below 1024 are reserved';
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'there is no host of that name';
    default:
      return undefined;
  }
}
