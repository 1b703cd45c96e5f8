import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ProviderHealthEntry } from './health-report.js';
import { PROVIDER_HEALTH_SCHEMA } from './health-schemas.js';
import { HealthService } from './health.service.js';

@ApiTags('operations')
@Controller('v1/health')
export class ProviderHealthController {
  constructor(private readonly health: HealthService) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'What the gateway knows of each provider.' })
  @ApiOkResponse({ schema: PROVIDER_HEALTH_SCHEMA })
  entries(): Promise<{ providers: Record<string, ProviderHealthEntry> }> {
    return this.health.providerEntries();
  }
}
