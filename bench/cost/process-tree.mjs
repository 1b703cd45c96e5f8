// What a process and its children have used, from /proc (Linux).
import { readdirSync, readFileSync } from 'node:fs';

/** `USER_HZ` is 100 on every Linux that Node runs on (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html). */
const TICKS_PER_SECOND = 100;

function readStat(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
    // Fields 14 to 17: its own time in user and in system mode, and that of the children that it has waited for.
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { pid, parent: Number(fields[1]), ticks };
  } catch {
    return undefined;
  }
}

function tree(root) {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const processes = pids.map((pid) => readStat(Number(pid))).filter((stat) => stat !== undefined);
  const found = processes.filter(({ pid }) => pid === root);
  for (const { pid } of found) found.push(...processes.filter(({ parent }) => parent === pid));
  return found;
}

/** CPU microseconds that a process and its children have used. */
export function cpuUs(root) {
  return tree(root).reduce((sum, { ticks }) => sum + ticks, 0) * (1_000_000 / TICKS_PER_SECOND);
}

function residentKb(pid) {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Resident memory of a process and its children, in MB of 1,000,000 bytes. */
export function residentMb(root) {
  return (tree(root).reduce((sum, { pid }) => sum + residentKb(pid), 0) * 1024) / 1_000_000;
}
