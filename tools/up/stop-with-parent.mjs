import { readFileSync } from 'node:fs';
import { UpError } from './up-error.mjs';

const LOOK_EVERY_MS = 250;

/** The process that started this one; where that is a shell, which some systems put in between, the one that started it. */
function starterId() {
  try {
    const [, name, parent] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${process.ppid}/stat`, 'utf8'));
    return name.endsWith('sh') ? Number(parent) : process.ppid;
  } catch {
    // There is no /proc but on Linux.
    return process.ppid;
  }
}

/**
 * Aborts where npm, which runs the script, has been killed: a process that loses its parent is told by a new parent id alone.
 * Started without npm, it may outlive the shell that started it.
 */
export function stopWithParent(stopped, script = 'up', env = process.env) {
  if (env.npm_lifecycle_event !== script) return;
  const npm = starterId();
  const timer = setInterval(() => {
    if (starterId() === npm) return;
    clearInterval(timer);
    stopped.abort(new UpError('Stopped.'));
  }, LOOK_EVERY_MS);
  timer.unref();
}
