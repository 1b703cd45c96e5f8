/** How long the processor worked, in milliseconds: other than the clock, it does not count what a busy machine does beside. */
export function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
