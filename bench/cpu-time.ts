/**
 * Processor time of this process so far, in milliseconds, all its threads together. Unlike the wall clock it hardly depends on what else
 * the machine does.
 */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
