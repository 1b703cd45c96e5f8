// Preloaded into the gateway (`node --require`): SIGUSR2 prints what its event loop and its memory did since the last one.
const { writeSync } = require('node:fs');
const { monitorEventLoopDelay } = require('node:perf_hooks');

const MS_NS = 1e6;
const MIB_BYTES = 1024 * 1024;

const delays = monitorEventLoopDelay({ resolution: 5 });
delays.enable();
let usedBefore = process.cpuUsage();

process.on('SIGUSR2', () => {
  const { user, system } = process.cpuUsage(usedBefore);
  const { heapUsed, external } = process.memoryUsage();
  const loop = {
    p50: Math.round(delays.percentile(50) / MS_NS),
    p99: Math.round(delays.percentile(99) / MS_NS),
    max: Math.round(delays.max / MS_NS),
    cpuSeconds: (user + system) / 1e6,
    heapMb: Math.round(heapUsed / MIB_BYTES),
    externalMb: Math.round(external / MIB_BYTES),
  };
  // The log has standard output's other lines.
  writeSync(1, `${JSON.stringify({ msg: 'event loop', loop })}\n`);
  delays.reset();
  usedBefore = process.cpuUsage();
});
