import { Controller, Get, Header, HttpStatus, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { errorReference } from '../surface/error-responses.js';
import { OPENAI_ERRORS } from '../surface/openai-errors.js';
import type { HealthReport, ProviderHealthReport } from './health-report.js';
import { HEALTH_SCHEMA, LIVENESS_SCHEMA, PROVIDER_HEALTH_SCHEMA, READINESS_SCHEMA } from './health-schemas.js';
import { HealthService, type IndicatorReport, ProviderHealthService, type ReadinessReport } from './health.service.js';

const ERROR = errorReference(OPENAI_ERRORS);

/** Probes read the body of a 503 too, so these answers are returned, never thrown. */
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'The gateway and every provider, with state and latency.' })
  @ApiOkResponse({ schema: HEALTH_SCHEMA, description: 'At least one provider works.' })
  @ApiServiceUnavailableResponse({
    schema: { anyOf: [HEALTH_SCHEMA, ERROR] },
    description: 'Nothing works, or the gateway is stopping.',
  })
  async summary(@Res({ passthrough: true }) response: Response): Promise<HealthReport & IndicatorReport> {
    const report = await this.health.summary();
    response.status(report.status === 'unhealthy' ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.OK);
    return report;
  }

  @Get('live')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Whether the process answers; no provider is asked.' })
  @ApiOkResponse({ schema: LIVENESS_SCHEMA })
  live(): { status: 'ok'; service: 'mana-llm'; version: string } {
    return { status: 'ok', service: 'mana-llm', version: this.health.version };
  }

  @Get('ready')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Whether requests may be sent here: a provider can serve, and the gateway is not draining.',
  })
  @ApiOkResponse({ schema: READINESS_SCHEMA })
  @ApiServiceUnavailableResponse({ schema: { anyOf: [READINESS_SCHEMA, ERROR] } })
  async ready(@Res({ passthrough: true }) response: Response): Promise<ReadinessReport> {
    const report = await this.health.readiness();
    response.status(report.ready ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
    return report;
  }
}

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
