import { Injectable } from '@nestjs/common';

/** What can be told to stop. */
interface RunningRequest {
  abort(reason: Error): void;
}

/** The requests that are being answered: a drain waits for them and ends what is left. */
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

  /** Stops the work for every one of them; each answer says why. */
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
