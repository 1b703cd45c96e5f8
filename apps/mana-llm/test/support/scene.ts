import { FakeUpstream, json, ollamaTags, openAiModels } from '@mana-llm/llm-providers/testing';
import { SeenAnswers } from './documented-answers.js';
import { type Gateway, type GatewayOptions, startGateway } from './gateway.js';

/** One try for each candidate and no open breaker: each test sees its own failure and nothing of the one before. */
const PLAIN_ROUTING = 'routing: { retries: 0, breaker: { failures: 1000000 } }\n';

/** A start may have to build the service first. */
export const START_LIMIT_MS = 600_000;

/** A gateway in front of one scripted upstream, which plays Ollama and two OpenAI-compatible providers. */
export class Scene {
  private running: { upstream: FakeUpstream; gateway: Gateway } | undefined;

  private readonly seen: SeenAnswers;

  constructor(private readonly options: GatewayOptions) {
    this.seen = new SeenAnswers(options.env?.['API_KEYS']?.split(',')[0]);
  }

  get upstream(): FakeUpstream {
    return this.parts.upstream;
  }

  get gateway(): Gateway {
    return this.parts.gateway;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.fetch('GET', path, { headers });
  }

  post(path: string, body: unknown, init: Omit<RequestInit, 'body'> = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('content-type', 'application/json');
    return this.fetch('POST', path, { ...init, headers, body: JSON.stringify(body) });
  }

  /** `POST /v1/chat/completions`; a body without messages says hello. */
  chat(body: Record<string, unknown>, init: Omit<RequestInit, 'body'> = {}): Promise<Response> {
    return this.post('/v1/chat/completions', { messages: [{ role: 'user', content: 'Say hello.' }], ...body }, init);
  }

  async start(): Promise<void> {
    const upstream = await FakeUpstream.start();
    expectBackgroundCalls(upstream);
    const env = { ...upstreamEnvironment(upstream), ...this.options.env };
    const yaml = PLAIN_ROUTING + (this.options.yaml ?? '');
    try {
      this.running = { upstream, gateway: await startGateway({ ...this.options, env, yaml }) };
    } catch (error) {
      await upstream.stop();
      throw error;
    }
  }

  /** Fails when the upstream was asked for what no script was for; then it forgets everything. */
  endTest(): void {
    try {
      this.upstream.assertAllScripted();
    } finally {
      this.upstream.reset();
      expectBackgroundCalls(this.upstream);
    }
  }

  /** Fails when a route has answered what `/openapi.json` does not have. */
  expectDocumented(): Promise<void> {
    return this.seen.expectDocumented(this.gateway.url);
  }

  async stop(): Promise<void> {
    const { running } = this;
    if (!running) return;
    this.running = undefined;
    await running.gateway.stop();
    await running.upstream.stop();
  }

  private async fetch(method: string, path: string, init: RequestInit): Promise<Response> {
    const response = await fetch(this.gateway.url + path, { ...init, method });
    this.seen.add(method, path, response);
    return response;
  }

  private get parts(): { upstream: FakeUpstream; gateway: Gateway } {
    if (!this.running) throw new Error('the scene has not started');
    return this.running;
  }
}

/** What the `describe`s of a file share, by what they ask for: starting a gateway costs more than most tests. */
const sharedScenes = new Map<string, { scene: Scene; started?: Promise<void> }>();

afterAll(() => Promise.all([...sharedScenes.values()].map(({ scene }) => scene.stop())));

export interface SceneOptions extends GatewayOptions {
  /** For tests of what a gateway does first, or remembers: nobody else uses it. */
  isOwn?: boolean;
}

/** One scene for all tests of a `describe`, and for every other one of its file with the same options. */
export function useScene({ isOwn = false, ...options }: SceneOptions = {}): Scene {
  const key = isOwn ? `own ${sharedScenes.size}` : JSON.stringify(options);
  const entry = sharedScenes.get(key) ?? { scene: new Scene(options) };
  sharedScenes.set(key, entry);
  const { scene } = entry;
  beforeAll(() => (entry.started ??= scene.start()), START_LIMIT_MS);
  afterEach(() => scene.endTest());
  afterAll(async () => {
    await scene.expectDocumented();
    if (isOwn) await scene.stop();
  });
  return scene;
}

/** `${UPSTREAM_URL}` is for the configuration file of a test. */
function upstreamEnvironment({ url }: FakeUpstream): Record<string, string> {
  return {
    UPSTREAM_URL: url,
    // Each test is answered by its own upstream script, and not by what another one was told.
    CACHE_TTL: '0',
    OLLAMA_URL: url,
    OPENAI_API_KEY: 'sk-openai-secret',
    OPENAI_BASE_URL: `${url}/v1`,
    TOGETHER_API_KEY: 'sk-together-secret',
    TOGETHER_BASE_URL: `${url}/together/v1`,
  };
}

/** What a gateway may ask at any time, to know who is there. A test may script the same routes anew. */
function expectBackgroundCalls(upstream: FakeUpstream): void {
  upstream.on('GET', '/', json(200, {}));
  upstream.on('GET', '/api/version', json(200, { version: '0.30.0' }));
  upstream.on('GET', '/api/tags', json(200, ollamaTags('gemma3:4b', 'hf.co/org/model:Q4')));
  upstream.on('GET', '/api/ps', json(200, { models: [] }));
  upstream.on('POST', '/api/show', json(404, { error: 'model not found' }));
  upstream.on('GET', '/v1/models', json(200, openAiModels('gpt-fake', 'text-embedding-fake')));
  upstream.on('GET', '/together/v1/models', json(200, openAiModels('meta-llama/Llama-fake')));
}
