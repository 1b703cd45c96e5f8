import { ApiError } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';

/** How far the gateway has come on its way to stop. It never goes back. */
@Injectable()
export class DrainState {
  private draining = false;
  private closed = false;

  /** Readiness fails, requests are still taken. */
  get isDraining(): boolean {
    return this.draining;
  }

  /** No new request is taken. */
  get isClosed(): boolean {
    return this.closed;
  }

  begin(): void {
    this.draining = true;
  }

  close(): void {
    this.draining = true;
    this.closed = true;
  }
}

/** Work that can be stopped. */
interface RunningRequest {
  abort(reason: Error): void;
}

/** The requests that are being answered. A drain waits for them, and in the end stops those that are left. */
@Injectable()
export class RunningRequests {
  /** The id of each. */
  private readonly running = new Map<RunningRequest, string>();
  private waiting: (() => void)[] = [];

  get count(): number {
    return this.running.size;
  }

  get ids(): string[] {
    return [...this.running.values()];
  }

  add(request: RunningRequest, requestId: string): void {
    this.running.set(request, requestId);
  }

  remove(request: RunningRequest): void {
    this.running.delete(request);
    if (this.running.size === 0) for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** Stops the work for each of them. Their answers say why. */
  abortAll(reason: Error): void {
    for (const request of this.running.keys()) request.abort(reason);
  }

  /** Resolves with true when none is left, with false after `timeoutMs`. */
  async whenIdle(timeoutMs: number): Promise<boolean> {
    if (this.running.size === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    const idle = new Promise<boolean>((resolve) => this.waiting.push(() => resolve(true)));
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs);
    });
    return Promise.race([idle, late]).finally(() => clearTimeout(timer));
  }
}

/** The error of a request that is still running when the gateway must stop. */
export function serverDrainingError(): ApiError {
  return new ApiError(503, 'The gateway is stopping. Send the request again.', {
    type: 'server_error',
    code: 'server_draining',
    headers: { 'retry-after': '1', connection: 'close' },
  });
}

/** True for that error. */
export function isDrain(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'server_draining';
}
