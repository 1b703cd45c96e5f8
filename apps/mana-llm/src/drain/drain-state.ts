import { Injectable } from '@nestjs/common';

/** How far the gateway is on its way to stop; it never goes back. */
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
