import { Injectable } from '@nestjs/common';
import { ConfigurationSource } from '../config/configuration-source.js';
import { RoutingTable } from '../routing/routing-table.js';
import { type ProviderHealthReport, toConfigurationReport, toProviderHealthEntry } from './provider-health-report.js';
import { ProviderHealth } from './provider-health.js';

/** What operators are told of each provider, its servers, and the configuration in use. */
@Injectable()
export class ProviderHealthService {
  constructor(
    private readonly table: RoutingTable,
    private readonly health: ProviderHealth,
    private readonly source: ConfigurationSource,
  ) {}

  async report(): Promise<ProviderHealthReport> {
    const states = await this.health.check();
    const entries = [...this.table.current.pools.values()].flatMap((pool) => {
      const state = states[pool.name];
      return state === undefined ? [] : [[pool.name, toProviderHealthEntry(pool, state, this.health)] as const];
    });
    return { providers: Object.fromEntries(entries), configuration: toConfigurationReport(this.source.status) };
  }
}
