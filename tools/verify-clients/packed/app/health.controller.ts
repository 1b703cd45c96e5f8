import { Controller, Get, Inject, Query } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { LlmHealthIndicator } from '@mana-llm/client/terminus';

@Controller('health')
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(LlmHealthIndicator) private readonly llm: LlmHealthIndicator,
  ) {}

  @Get()
  check(@Query('name') name?: string): Promise<HealthCheckResult> {
    return this.health.check([() => this.llm.isHealthy('llm', { name, timeoutMs: 1_000 })]);
  }
}
