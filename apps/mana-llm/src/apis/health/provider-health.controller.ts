import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PROVIDER_HEALTH_SCHEMA } from './health-schemas.js';
import type { ProviderHealthReport } from './provider-health-report.js';
import { ProviderHealthService } from './provider-health.service.js';

@ApiTags('health')
@Controller('v1/health')
export class ProviderHealthController {
  constructor(private readonly health: ProviderHealthService) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'What the gateway knows of each provider and its servers, and whether its newest configuration is in use.',
  })
  @ApiOkResponse({ schema: PROVIDER_HEALTH_SCHEMA })
  report(): Promise<ProviderHealthReport> {
    return this.health.report();
  }
}
