// What processes have used, from /proc (Linux).
import { readdirSync, readFileSync } from 'node:fs';

/** `USER_HZ` is 100 on every Linux that Node runs on (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html). */
const TICKS_PER_SECOND = 100;

function readStat(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  // Fields 14 to 17: its own time in user and in system mode, and that of the children that it has waited for.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { pid, parent: Number(fields[1]), ticks };
}

/** CPU seconds that a process has used. */
export const cpuSeconds = (pid) => readStat(pid).ticks / TICKS_PER_SECOND;

/** Resident memory of a process, in KiB. */
export function residentKb(pid) {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN);
}

/** What `read` finds of those processes that have not ended meanwhile. */
const ofRunning = (pids, read) =>
  pids.flatMap((pid) => {
    try {
      return [read(pid)];
    } catch {
      return [];
    }
  });

function tree(root) {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const processes = ofRunning(pids.map(Number), readStat);
  const found = processes.filter(({ pid }) => pid === root);
  for (const { pid } of found) found.push(...processes.filter(({ parent }) => parent === pid));
  return found;
}

/** CPU microseconds that a process and its children have used. */
export function cpuUs(root) {
  return tree(root).reduce((sum, { ticks }) => sum + ticks, 0) * (1_000_000 / TICKS_PER_SECOND);
}

/** Resident memory of a process and its children, in MB of 1,000,000 bytes. */
export function residentMb(root) {
  const pids = tree(root).map(({ pid }) => pid);
  return (ofRunning(pids, residentKb).reduce((sum, kb) => sum + kb, 0) * 1024) / 1_000_000;
}
