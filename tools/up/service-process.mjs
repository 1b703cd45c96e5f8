import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { BUILT_MAIN } from './ensure-built.mjs';
import { UpError } from './up-error.mjs';

const END_WITH_PARENT = new URL('./end-with-parent.mjs', import.meta.url).href;
const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
const STOP_TIMEOUT_MS = 10_000;

/** The built gateway. */
const GATEWAY = { name: 'The service', main: BUILT_MAIN, readyPath: '/health/ready' };

/** A built service as a child, its log on our terminal. */
export class ServiceProcess {
  #service;
  #child;
  #ended;

  /** @param {{ name: string, main: string, readyPath: string }} service what runs in `folder`; left out, the gateway */
  constructor(folder, env, service = GATEWAY) {
    this.#service = service;
    // In a group of its own: Ctrl-C reaches it from us alone, once, and a second signal would end it at once.
    const args = ['--import', END_WITH_PARENT, service.main];
    const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
    this.#child = spawn(process.execPath, args, { cwd: folder, env, stdio, detached: true });
    this.#ended = once(this.#child, 'exit');
    this.#ended.catch(() => undefined);
  }

  /** Resolves when the service can serve. */
  async ready(url, signal) {
    const { name, readyPath } = this.#service;
    const untilMs = Date.now() + READY_TIMEOUT_MS;
    let reason = 'it does not listen';
    while (Date.now() < untilMs) {
      signal.throwIfAborted();
      if (this.#child.exitCode !== null) throw new UpError(`${name} did not start: see its messages above.`);
      const response = await fetch(`${url}${readyPath}`, { signal }).catch(() => undefined);
      if (response?.ok) return;
      if (response) reason = (await response.json().catch(() => ({}))).reason ?? `it answers ${response.status}`;
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
    throw new UpError(`${name} is not ready after ${READY_TIMEOUT_MS / 1000} s: ${reason}`);
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
