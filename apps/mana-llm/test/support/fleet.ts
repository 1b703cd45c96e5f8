import { FakeUpstream, json, openAiModels, scriptOllamaModels } from '@mana-llm/llm-providers/testing';
import { type FleetOptions, fleetSettings } from './fleet-settings.js';
import { type Gateway, startGateway } from './gateway.js';
import { type MetricSample, metricSum, metricValue, parseMetrics } from './metric-samples.js';
import { type ConfigurationReport, type ProviderReport, readProviderReport } from './provider-report.js';
import { START_LIMIT_MS } from './scene.js';
import { until } from './until.js';

type Post = Omit<RequestInit, 'body' | 'headers'> & { headers?: Record<string, string> };

export const CHAT = '/v1/chat/completions';
export const HELLO = [{ role: 'user', content: 'Say hello.' }];

/** A gateway in front of several scripted upstreams. Each is an OpenAI-compatible provider of its name, or an endpoint of Ollama. */
export class Fleet<Name extends string> {
  private readonly upstreams = new Map<Name, FakeUpstream>();
  private running: Gateway | undefined;

  constructor(
    private readonly names: readonly Name[],
    private readonly options: FleetOptions,
  ) {}

  get gateway(): Gateway {
    if (!this.running) throw new Error('the fleet has not started');
    return this.running;
  }

  upstream(name: Name): FakeUpstream {
    const upstream = this.upstreams.get(name);
    if (!upstream) throw new Error(`${name} has not started`);
    return upstream;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.gateway.url + path, { headers });
  }

  post(path: string, body: unknown, { headers = {}, ...init }: Post = {}): Promise<Response> {
    const all = { 'content-type': 'application/json', ...headers };
    return fetch(this.gateway.url + path, { ...init, method: 'POST', headers: all, body: JSON.stringify(body) });
  }

  /** `POST /v1/chat/completions`; a body without messages says hello. */
  chat(body: Record<string, unknown>, init: Post = {}): Promise<Response> {
    return this.post(CHAT, { messages: HELLO, ...body }, init);
  }

  /** What `GET /v1/health` tells of one provider. */
  async health(provider: string): Promise<ProviderReport> {
    return readProviderReport(await this.get('/v1/health'), provider);
  }

  async untilHealth(provider: string, accepts: (report: ProviderReport) => boolean): Promise<ProviderReport> {
    return until(() => this.health(provider), accepts);
  }

  async configuration(): Promise<ConfigurationReport> {
    const report = (await (await this.get('/v1/health')).json()) as { configuration: ConfigurationReport };
    return report.configuration;
  }

  /** Steps to a next candidate for that reason, whatever the models. */
  async fallbacks(reason: string): Promise<number> {
    return metricSum(await this.samples(), 'mana_llm_fallback_total', { reason });
  }

  async metric(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
    return metricValue(await this.samples(), name, labels);
  }

  async samples(): Promise<MetricSample[]> {
    return parseMetrics(await (await this.get('/metrics')).text());
  }

  /** Resolves once the gateway answers nobody but the one who asks for this. */
  async untilIdle(): Promise<void> {
    await until(
      () => this.metric('mana_llm_requests_in_flight'),
      (count) => count === 1,
    );
  }

  async start(): Promise<void> {
    for (const name of this.names) await this.revive(name, 0);
    const urls = Object.fromEntries(this.names.map((name) => [name, this.upstream(name).url]));
    this.running = await startGateway(fleetSettings(urls, this.options));
  }

  /** The endpoint is gone: connections to it are refused. Returns its port, to come back at. */
  async kill(name: Name): Promise<number> {
    const upstream = this.upstream(name);
    const { port } = upstream;
    this.upstreams.delete(name);
    await upstream.stop();
    return port;
  }

  async revive(name: Name, port: number): Promise<FakeUpstream> {
    const upstream = await FakeUpstream.start({ port });
    expectBackgroundCalls(upstream);
    this.upstreams.set(name, upstream);
    return upstream;
  }

  /** Fails when an upstream was asked for what no script was for; then all forget everything. */
  endTest(): void {
    const upstreams = [...this.upstreams.values()];
    try {
      for (const upstream of upstreams) upstream.assertAllScripted();
    } finally {
      for (const upstream of upstreams) {
        upstream.reset();
        expectBackgroundCalls(upstream);
      }
    }
  }

  async stop(): Promise<void> {
    await this.running?.stop();
    await Promise.all([...this.upstreams.values()].map((upstream) => upstream.stop()));
  }
}

/** One fleet for all tests of a `describe`. */
export function useFleet<Name extends string>(names: readonly Name[], options: FleetOptions = {}): Fleet<Name> {
  const fleet = new Fleet(names, options);
  beforeAll(() => fleet.start(), START_LIMIT_MS);
  afterEach(() => fleet.endTest());
  afterAll(() => fleet.stop());
  return fleet;
}

/**
 * What a gateway may ask at any time, to know who is there. A test may script the same routes anew. The connection is not kept:
 * a request on a kept one that breaks is sent again, beside the tries that tests count.
 */
function expectBackgroundCalls(upstream: FakeUpstream): void {
  const close = { connection: 'close' };
  upstream.on('GET', '/api/version', json(200, { version: '0.30.0' }, close));
  upstream.on('GET', '/v1/models', json(200, openAiModels('m'), close));
  scriptOllamaModels(upstream);
}
