import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import { isJsonObject, parseJson } from '@mana-llm/openai-api';
import { HealthCheckService, HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { AnswerStore } from '../../cache/store/answer-store.js';
import { ConfigurationSource } from '../../config/configuration-source.js';
import { RoutingTable } from '../../routing/routing-table.js';
import {
  gatewayStatus,
  type HealthReport,
  type ProviderHealthReport,
  toConfigurationReport,
  toHealthReport,
  toProviderHealthEntry,
} from './health-report.js';
import { ProviderHealth, type ProviderStates } from '../../routing/endpoints/provider-health.js';
import { DrainState } from '../../drain/drain-state.js';
import type { ProviderState } from '../../routing/endpoints/endpoint-health.js';

/** What operators read of each provider, its endpoints, and the configuration in use. */
@Injectable()
export class ProviderHealthService {
  constructor(
    private readonly table: RoutingTable,
    private readonly health: ProviderHealth,
    private readonly source: ConfigurationSource,
    private readonly answers: AnswerStore,
  ) {}

  async report(): Promise<ProviderHealthReport> {
    const states = await this.health.check();
    const entries = [...this.table.current.pools.values()].flatMap((pool) => {
      const state = states[pool.name];
      return state === undefined ? [] : [[pool.name, toProviderHealthEntry(pool, state)] as const];
    });
    return {
      status: gatewayStatus(states, this.answers.status()),
      providers: Object.fromEntries(entries),
      configuration: toConfigurationReport(this.source.status),
    };
  }
}

const ROOT_PACKAGE = 'mana-llm-monorepo';

function versionIn(folder: string): string | undefined {
  try {
    const manifest = parseJson(readFileSync(join(folder, 'package.json'), 'utf8'));
    const isRoot = isJsonObject(manifest) && manifest['name'] === ROOT_PACKAGE;
    return isRoot && typeof manifest['version'] === 'string' ? manifest['version'] : undefined;
  } catch {
    return undefined;
  }
}

/** The version of the monorepo that holds `folder`: sources and built files lie at different depths below its root. */
export function readGatewayVersion(folder: string = import.meta.dirname): string {
  const parent = dirname(folder);
  return versionIn(folder) ?? (parent === folder ? 'unknown' : readGatewayVersion(parent));
}

/** Terminus's part of the summary. */
export interface IndicatorReport {
  info: Partial<HealthIndicatorResult>;
  error: Partial<HealthIndicatorResult>;
  details: HealthIndicatorResult;
}

export interface ReadinessReport extends HealthReport {
  ready: boolean;
  /** Why it is not. */
  reason?: string;
}

@Injectable()
export class HealthService {
  readonly version = readGatewayVersion();

  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly providers: ProviderHealth,
    private readonly drain: DrainState,
    private readonly answers: AnswerStore,
  ) {}

  async summary(): Promise<HealthReport & IndicatorReport> {
    const states = await this.providers.check();
    return { ...this.report(states), ...(await this.indicatorReport(states)) };
  }

  async readiness(): Promise<ReadinessReport> {
    if (this.drain.isDraining) {
      return { ...this.remembered(), ready: false, reason: 'The gateway is draining: it is about to stop.' };
    }
    return (await this.providers.isAnyHealthy())
      ? { ...this.remembered(), ready: true }
      : { ...this.remembered(), ready: false, reason: 'No provider can serve.' };
  }

  private remembered(): HealthReport {
    return this.report(this.providers.states());
  }

  private report(states: ProviderStates): HealthReport {
    return toHealthReport(states, this.version, this.answers.status());
  }

  private async indicatorReport(states: ProviderStates): Promise<IndicatorReport> {
    const present = Object.entries(states).filter(([, { status }]) => status !== 'absent');
    const checks = present.map(
      ([name, state]) =>
        () =>
          this.indicate(name, state),
    );
    const { status, reason } = this.answers.status();
    const redis = this.indicators.check('redis');
    if (status !== 'absent') checks.push(() => (status === 'up' ? redis.up() : redis.down({ message: reason })));
    try {
      const { info = {}, error = {}, details } = await this.checks.check(checks);
      return { info, error, details };
    } catch (error) {
      // Terminus throws its report when one indicator is down; whether that is a 503 is not for it to say here.
      const report: unknown = error instanceof ServiceUnavailableException ? error.getResponse() : undefined;
      if (!isIndicatorReport(report)) {
        throw error;
      }
      return { info: report.info, error: report.error, details: report.details };
    }
  }

  private indicate(name: string, { status, latencyMs, lastError }: ProviderState): HealthIndicatorResult {
    const indicator = this.indicators.check(name);
    return status === 'healthy'
      ? indicator.up({ latency_ms: latencyMs })
      : indicator.down({ latency_ms: latencyMs, message: lastError });
  }
}

function isIndicatorReport(report: unknown): report is IndicatorReport {
  return isJsonObject(report) && ['info', 'error', 'details'].every((part) => isJsonObject(report[part]));
}
