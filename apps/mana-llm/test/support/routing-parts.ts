import type { IncomingHttpHeaders } from 'node:http';
import type { LlmProvider } from '@mana-llm/llm-providers';
import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { EMPTY } from 'rxjs';
import { CallerWishes } from '../../src/call/caller-wishes.js';
import type { Call } from '../../src/call/call.js';
import type { ProviderPolicy } from '../../src/config/configuration.js';
import type { Candidate, UnconfiguredCandidate } from '../../src/routing/candidates.js';
import { Endpoint, type EndpointObserver } from '../../src/routing/endpoints/endpoint.js';
import { MemoryRetryBudget, ProviderPool, type RetryBudget } from '../../src/routing/endpoints/provider-pool.js';
import type { RoutingSnapshot } from '../../src/routing/routing-table.js';

/** No retries, no hedging, no limits, and a breaker that does not open by itself. */
export const PLAIN_POLICY: Omit<ProviderPolicy, 'provider'> = {
  retries: 0,
  retryBudgetMs: 10_000,
  hedgeAfterMs: 0,
  breaker: { failures: 1_000, openMs: 30_000 },
  concurrent: 0,
  queued: 100,
  totalMs: 600_000,
};

export const SILENT_OBSERVER: EndpointObserver = {
  breakerChanged: () => undefined,
  modelChanged: () => undefined,
  queueChanged: () => undefined,
  healthChanged: () => undefined,
};

export interface PoolParts {
  policy?: Partial<ProviderPolicy>;
  observer?: Partial<EndpointObserver>;
  nowMs?: () => number;
  /** Called with what requests say of an endpoint: no message where it answers, else what is wrong with it. */
  hear?: (id: string, message?: string) => void;
  retryBudget?: RetryBudget;
}

function hearRequests({ id, health }: Endpoint, hear: NonNullable<PoolParts['hear']>): void {
  const [answered, broke] = [health.answered.bind(health), health.broke.bind(health)];
  health.answered = () => {
    hear(id);
    answered();
  };
  health.broke = (message) => {
    hear(id, message);
    broke(message);
  };
}

/** An endpoint that the scripted provider plays. */
export function endpointOf(
  provider: LlmProvider,
  { policy, observer, nowMs, hear }: PoolParts = {},
  id = provider.name,
): Endpoint {
  const endpoint = new Endpoint(provider, {
    id,
    key: id,
    policy: { provider: provider.name, ...PLAIN_POLICY, ...policy },
    observer: { ...SILENT_OBSERVER, ...observer },
    ...(nowMs === undefined ? {} : { nowMs }),
  });
  if (hear !== undefined) hearRequests(endpoint, hear);
  return endpoint;
}

/** One endpoint for each provider; all of them have the first one's name. */
export function poolOf(providers: readonly [LlmProvider, ...LlmProvider[]], parts: PoolParts = {}): ProviderPool {
  const [{ name }] = providers;
  return new ProviderPool({
    name,
    endpoints: providers.map((provider, index) =>
      endpointOf(provider, parts, providers.length === 1 ? name : `${name}#${index + 1}`),
    ),
    policy: { provider: name, ...PLAIN_POLICY, ...parts.policy },
    retryBudget: parts.retryBudget ?? new MemoryRetryBudget(),
  });
}

/** `provider/model` at an endpoint of its own. */
export function candidateOf(name: string, parts: PoolParts = {}): Candidate {
  const [provider = '', ...model] = name.split('/');
  return { name, model: model.join('/'), pool: poolOf([new FakeLlmProvider(provider)], parts) };
}

export function unconfiguredCandidate(name: string, keyVariable = 'KEY'): UnconfiguredCandidate {
  return { name, keyVariable };
}

export function snapshotOf(parts: Partial<RoutingSnapshot>): RoutingSnapshot {
  return {
    aliases: new Map(),
    defaultModel: 'ollama/gemma3:4b',
    pools: new Map(),
    keyVariables: new Map(),
    ...parts,
  };
}

/** The call of a caller who may leave by `controller`. */
export function routedCall(controller = new AbortController(), headers: IncomingHttpHeaders = {}): Call {
  return {
    context: { signal: controller.signal, requestId: 'r' },
    record: { requestId: 'r', method: 'POST', route: 'unmatched', startedAtMs: performance.now() },
    resolved: () => undefined,
    caller: { principal: '127.0.0.1', isKeyChecked: false },
    wishes: new CallerWishes(headers),
    reader: { whenReady: () => undefined, write: () => EMPTY },
    setHeader: () => undefined,
  };
}
