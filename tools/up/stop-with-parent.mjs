import { UpError } from './up-error.mjs';

const LOOK_EVERY_MS = 250;

/**
 * Aborts where npm, which runs `up`, has been killed: a process that loses its parent is told by a new parent id alone.
 * Started without npm, it may outlive the shell that started it.
 */
export function stopWithParent(stopped, env = process.env) {
  if (env.npm_lifecycle_event !== 'up') return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stopped.abort(new UpError('Stopped.'));
  }, LOOK_EVERY_MS);
  timer.unref();
}
