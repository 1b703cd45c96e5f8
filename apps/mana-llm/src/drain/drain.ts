import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { HttpAdapterHost } from '@nestjs/core';
import { gatewayConfig } from '../config/load-configuration.js';
import { DrainState, RunningRequests, serverDrainingError } from './drain-state.js';

/** How long the last frame of a stopped answer may take to reach its client. */
const LAST_FRAME_MS = 2_000;

/**
 * Stops the gateway without cutting off an answer. Readiness fails at once. New requests are still taken for a grace period, so
 * that load balancers notice, and then refused. Running requests get their time; those that are left then end in an error that says
 * why.
 */
@Injectable()
export class Drain {
  private readonly logger = new Logger(Drain.name);

  constructor(
    private readonly state: DrainState,
    private readonly running: RunningRequests,
    private readonly adapterHost: HttpAdapterHost,
    @Inject(gatewayConfig.KEY) private readonly config: ConfigType<typeof gatewayConfig>,
  ) {}

  async run({ withGrace }: { withGrace: boolean }): Promise<void> {
    this.state.begin();
    const graceMs = withGrace ? this.config.drainGraceMs : 0;
    this.logger.log(`draining: ${this.running.count} running, ${graceMs} ms of grace`);
    await sleep(graceMs);
    this.state.close();
    // Stops listening and closes the connections that wait between two requests; running answers go on.
    const server = this.adapterHost.httpAdapter.getHttpServer() as Server;
    server.close();
    if (!(await this.running.whenIdle(this.config.drainTimeoutMs))) await this.endRunning();
    // The clients that are left read nothing, or never sent a request (browsers open connections ahead). Neither may keep the
    // process alive.
    server.closeAllConnections();
  }

  private async endRunning(): Promise<void> {
    this.logger.warn(
      `${this.running.count} requests are still running after ${this.config.drainTimeoutMs} ms: ending them`,
    );
    this.running.abortAll(serverDrainingError());
    await this.running.whenIdle(LAST_FRAME_MS);
  }
}
