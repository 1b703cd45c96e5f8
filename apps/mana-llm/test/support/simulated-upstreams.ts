import { type LlmProvider, UpstreamError } from '@mana-llm/llm-providers';
import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import type { ProviderPolicy } from '../../src/config/configuration.js';
import type { GatewayMetrics } from '../../src/metrics/gateway-metrics.js';
import type { EndpointMetrics } from '../../src/metrics/endpoint-metrics.js';
import type { Candidate } from '../../src/routing/candidates.js';
import { CHAT, ModelCalls } from '../../src/routing/attempts/model-calls.js';
import { poolOf, routedCall } from './routing-parts.js';
import { randomMs, simulatedPause } from './simulated-time.js';

/** As `docs/configuration.md` has it for a cloud. */
export const DEFAULT_POLICY: Omit<ProviderPolicy, 'provider'> = {
  retries: 1,
  retryBudgetMs: 10_000,
  hedgeAfterMs: 0,
  breaker: { failures: 5, openMs: 30_000 },
  concurrent: 0,
  queued: 100,
  totalMs: 600_000,
};
export const NO_BREAKER: Partial<ProviderPolicy> = { breaker: { failures: 1e9, openMs: 30_000 } };
export const TIMEOUT_MS = 5_000;
export const LONGEST_SERVICE_MS = 80;

/** What is wrong with an upstream: how long it takes to show, and as what. */
export interface Fault {
  afterMs: number;
  toError: (provider: string) => UpstreamError;
}

const refusal = (status: number, retryAfterMs?: number): Fault['toError'] => {
  const asked = retryAfterMs === undefined ? {} : { retryAfterMs };
  return (provider) => new UpstreamError('No.', { provider, kind: 'refused', status, ...asked });
};

export const FAULTS = {
  'refuses connections': {
    afterMs: 0,
    toError: (provider) => new UpstreamError('No.', { provider, kind: 'connection_failed' }),
  },
  'lets every request time out': {
    afterMs: TIMEOUT_MS,
    toError: (provider) => new UpstreamError('No.', { provider, kind: 'timeout', phase: 'first_token' }),
  },
  'answers 500': { afterMs: 5, toError: refusal(500) },
  'answers 503 and wants to be asked again': { afterMs: 5, toError: refusal(503, 100) },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

/** One server, which answers after a while unless something is wrong with it. */
export class SimulatedUpstream {
  readonly provider: LlmProvider;
  fault: Fault | undefined;
  /** Requests that have reached it, or would have. */
  sent = 0;

  constructor(
    name: string,
    private readonly serviceMs: readonly [from: number, to: number] = [20, LONGEST_SERVICE_MS],
  ) {
    this.provider = new FakeLlmProvider(name);
  }

  async answer(): Promise<object> {
    this.sent += 1;
    const { fault } = this;
    await simulatedPause(fault?.afterMs ?? randomMs(...this.serviceMs));
    if (fault !== undefined) throw fault.toError(this.provider.name);
    return {};
  }
}

/** `name/m` at these servers. */
export function simulatedCandidate(
  upstreams: readonly [SimulatedUpstream, ...SimulatedUpstream[]],
  policy: Partial<ProviderPolicy> = {},
): Candidate {
  const [{ provider }, ...others] = upstreams;
  const pool = poolOf([provider, ...others.map((upstream) => upstream.provider)], {
    policy: { ...DEFAULT_POLICY, ...policy },
  });
  return { name: `${provider.name}/m`, model: 'm', pool };
}

export interface SimulatedAnswer {
  askedAtMs: number;
  tookMs: number;
  isFailed: boolean;
}

/** Asks the real routing, whose metrics nobody reads. */
export class SimulatedGateway {
  private readonly calls: ModelCalls;
  private readonly upstreams: ReadonlyMap<LlmProvider, SimulatedUpstream>;

  constructor(
    private readonly candidates: Candidate[],
    upstreams: readonly SimulatedUpstream[],
  ) {
    this.upstreams = new Map(upstreams.map((upstream) => [upstream.provider, upstream]));
    const ignore = (): void => undefined;
    const metrics = { modelCallEnded: ignore, fallback: ignore, retried: ignore, queueWaited: ignore };
    this.calls = new ModelCalls(metrics as unknown as GatewayMetrics, metrics as unknown as EndpointMetrics);
  }

  /** Never rejects. */
  async ask(caller = 'x'): Promise<SimulatedAnswer> {
    const askedAtMs = Date.now();
    const route = { candidates: this.candidates, names: this.candidates.map(({ name }) => name) };
    const call = routedCall(new AbortController(), { 'x-mana-llm-caller': caller });
    const isFailed = await this.calls
      .complete(route, call, CHAT, async ({ provider }) => this.upstreamOf(provider).answer())
      .then(
        () => false,
        () => true,
      );
    return { askedAtMs, tookMs: Date.now() - askedAtMs, isFailed };
  }

  /** So many requests, one every 10 ms on average, whatever becomes of those before. Answers come in the order of the requests. */
  async askMany(count: number): Promise<SimulatedAnswer[]> {
    const answers: SimulatedAnswer[] = [];
    for (let asked = 0; asked < count; asked += 1) {
      void this.ask().then((answer) => answers.push(answer));
      await simulatedPause(randomMs(1, 19));
    }
    while (answers.length < count) await simulatedPause(1_000);
    return answers.sort((one, other) => one.askedAtMs - other.askedAtMs);
  }

  private upstreamOf(provider: LlmProvider): SimulatedUpstream {
    const upstream = this.upstreams.get(provider);
    if (upstream === undefined) throw new Error(`no upstream plays ${provider.name}`);
    return upstream;
  }
}
