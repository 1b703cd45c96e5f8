import { Injectable } from '@nestjs/common';
import { AnswerStore } from '../../cache/store/answer-store.js';
import { ConfigurationSource } from '../../config/configuration-source.js';
import { RoutingTable } from '../../routing/routing-table.js';
import { gatewayStatus } from './health-report.js';
import { type ProviderHealthReport, toConfigurationReport, toProviderHealthEntry } from './provider-health-report.js';
import { ProviderHealth } from '../../routing/endpoints/provider-health.js';

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
