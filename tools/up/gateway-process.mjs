import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { BUILT_MAIN } from './ensure-built.mjs';
import { UpError } from './up-error.mjs';

const END_WITH_PARENT = new URL('./end-with-parent.mjs', import.meta.url).href;
const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
const STOP_TIMEOUT_MS = 10_000;

/** The built service as a child, its log on our terminal. */
export class GatewayProcess {
  #child;
  #ended;

  constructor(root, env) {
    // In a group of its own: Ctrl-C reaches it from us alone, once, and a second signal would end it at once.
    const args = ['--import', END_WITH_PARENT, BUILT_MAIN];
    const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
    this.#child = spawn(process.execPath, args, { cwd: root, env, stdio, detached: true });
    this.#ended = once(this.#child, 'exit');
    this.#ended.catch(() => undefined);
  }

  /** Resolves when the service can serve. */
  async ready(url, signal) {
    const untilMs = Date.now() + READY_TIMEOUT_MS;
    let reason = 'it does not listen';
    while (Date.now() < untilMs) {
      signal.throwIfAborted();
      if (this.#child.exitCode !== null) throw new UpError('The service did not start: see its messages above.');
      const response = await fetch(`${url}/health/ready`, { signal }).catch(() => undefined);
      if (response?.ok) return;
      if (response) reason = (await response.json().catch(() => ({}))).reason ?? `it answers ${response.status}`;
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
    throw new UpError(`The service is not ready after ${READY_TIMEOUT_MS / 1000} s: ${reason}`);
  }

  /** Ends with the service. */
  async ended() {
    const [code] = await this.#ended;
    return code;
  }

  /** Running answers may end first, for a while. */
  stop() {
    this.#child.kill('SIGINT');
    setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS).unref();
  }
}
