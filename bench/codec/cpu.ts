// The clock of the codec benchmark: CPU time of this thread. What others do on the machine does not
// count, nor do the engine's helpers.
//
// Lives on: the developer's machine.

export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
