import type { LlmProvider } from '@mana-llm/llm-providers';
import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import type { ProviderPolicy } from '../../src/config/configuration.js';
import type { Candidate, UnconfiguredCandidate } from '../../src/routing/candidate.js';
import { Host, type HostObserver } from '../../src/routing/endpoints/host.js';
import { ProviderPool } from '../../src/routing/endpoints/provider-pool.js';
import { RetryBudget } from '../../src/routing/attempts/retry-budget.js';
import type { RoutedCall } from '../../src/routing/attempts/routed-call.js';
import type { RoutingSnapshot } from '../../src/routing/routing-snapshot.js';

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

export const SILENT_OBSERVER: HostObserver = {
  breakerChanged: () => undefined,
  modelChanged: () => undefined,
  queueChanged: () => undefined,
  answered: () => undefined,
  broke: () => undefined,
};

export interface PoolParts {
  policy?: Partial<ProviderPolicy>;
  observer?: Partial<HostObserver>;
  nowMs?: () => number;
  retryBudget?: RetryBudget;
}

/** A server that the scripted provider plays. */
export function hostOf(provider: LlmProvider, { policy, observer, nowMs }: PoolParts = {}, id = provider.name): Host {
  return new Host(provider, {
    id,
    policy: { provider: provider.name, ...PLAIN_POLICY, ...policy },
    observer: { ...SILENT_OBSERVER, ...observer },
    ...(nowMs === undefined ? {} : { nowMs }),
  });
}

/** One server for each provider; all of them have the first one's name. */
export function poolOf(providers: readonly [LlmProvider, ...LlmProvider[]], parts: PoolParts = {}): ProviderPool {
  const [{ name }] = providers;
  return new ProviderPool({
    name,
    hosts: providers.map((provider, index) =>
      hostOf(provider, parts, providers.length === 1 ? name : `${name}#${index + 1}`),
    ),
    policy: { provider: name, ...PLAIN_POLICY, ...parts.policy },
    retryBudget: parts.retryBudget ?? new RetryBudget(),
  });
}

/** `provider/model` at a server of its own. */
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
export function routedCall(controller = new AbortController(), headers: RoutedCall['headers'] = {}): RoutedCall {
  return {
    context: { signal: controller.signal, requestId: 'r' },
    record: { requestId: 'r', method: 'POST', route: 'unmatched', startedAtMs: performance.now() },
    resolved: () => undefined,
    caller: { principal: '127.0.0.1', isKeyChecked: false },
    headers,
  };
}
