import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import * as terminus from '@nestjs/terminus';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import type { LlmClient } from '../llm-client.js';
import { llmToken } from '../nestjs/llm-token.js';

export interface LlmHealthOptions {
  /** Of a client that is not the default one: the `name` of its `LlmModule`. */
  name?: string | undefined;
  /** How long the gateway may take to answer: 2 s unless set. */
  timeoutMs?: number | undefined;
}

type Report = 'up' | 'degraded' | 'down';
type ReportMethod = (details: Record<string, unknown>) => HealthIndicatorResult;

/** What differs between Terminus 10, which wants an error thrown, and 11 and 12. A named import of what is missing would not link. */
const { HealthIndicatorService, HealthCheckError } = terminus as unknown as {
  /** `degraded` came with 12: the check answers 200 with it. */
  HealthIndicatorService?: new () => {
    check(key: string): Record<'up' | 'down', ReportMethod> & { degraded?: ReportMethod };
  };
  HealthCheckError: new (message: string, causes: HealthIndicatorResult) => Error;
};

const TIMEOUT_MS = 2_000;

/** Whether the gateway can answer: `health.check([() => this.llm.isHealthy('llm')])`. */
@Injectable()
export class LlmHealthIndicator {
  constructor(@Inject(ModuleRef) private readonly moduleRef: ModuleRef) {}

  /** Up while one provider works. Down, which Terminus answers with 503, when none does or there is no gateway. */
  async isHealthy(key: string, options: LlmHealthOptions = {}): Promise<HealthIndicatorResult> {
    const { report, ...details } = await this.ask(options);
    if (HealthIndicatorService !== undefined) {
      const session = this.moduleRef.get(HealthIndicatorService, { strict: false }).check(key);
      const known = session[report] === undefined ? 'up' : report;
      return session[known]!(details);
    }
    const result: HealthIndicatorResult = { [key]: { status: report === 'down' ? 'down' : 'up', ...details } };
    if (report === 'down') throw new HealthCheckError(`${key} is down`, result);
    return result;
  }

  private async ask({
    name,
    timeoutMs = TIMEOUT_MS,
  }: LlmHealthOptions): Promise<{ report: Report; gateway?: string; message?: string }> {
    const client = this.moduleRef.get<LlmClient>(llmToken(name), { strict: false });
    try {
      const { status: gateway } = await client.health({ timeoutMs });
      const report = gateway === 'healthy' ? 'up' : gateway === 'degraded' ? 'degraded' : 'down';
      return { report, gateway };
    } catch (error) {
      return { report: 'down', message: (error as Error).message };
    }
  }
}
