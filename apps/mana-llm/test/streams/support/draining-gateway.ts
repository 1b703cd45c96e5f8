import { FakeUpstream, json, openAiModels } from '@mana-llm/llm-providers/testing';
import { listeningPort, logLines } from '../../support/built-gateway.js';
import { type BuiltService, spawnBuiltService } from '../../support/built-service.js';
import { type ConfigFile, writeConfigFile } from '../../support/config-file.js';

const YAML = 'limits: { stalledClientMs: 60000 }\nrouting: { retries: 0 }\n';

/** The built service in a process of its own, to be sent signals, and its upstream. */
export class DrainingGateway {
  private constructor(
    readonly upstream: FakeUpstream,
    readonly url: string,
    private readonly service: BuiltService,
    private readonly config: ConfigFile,
  ) {}

  static async start(env: Record<string, string>): Promise<DrainingGateway> {
    const upstream = await FakeUpstream.start();
    upstream.on('GET', '/v1/models', json(200, openAiModels('m')));
    const config = await writeConfigFile(YAML);
    const own = { NODE_ENV: 'test', HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info', MANA_LLM_CONFIG: config.path };
    const providers = { OPENAI_API_KEY: 'sk-secret', OPENAI_BASE_URL: `${upstream.url}/v1`, OLLAMA_URL: upstream.url };
    const service = await spawnBuiltService({ ...own, ...providers, ...env });
    const url = `http://127.0.0.1:${await listeningPort(service)}`;
    return new DrainingGateway(upstream, url, service, config);
  }

  /** The exit code, or the signal that ended the process. */
  get ended(): Promise<number | NodeJS.Signals> {
    return this.service.ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.service.process.kill(signal);
  }

  logs(): Record<string, unknown>[] {
    return logLines(this.service.stdout());
  }

  chat(body: Record<string, unknown>): Promise<Response> {
    return this.post('/v1/chat/completions', { messages: [{ role: 'user', content: 'Say hello.' }], ...body });
  }

  post(path: string, body: Record<string, unknown>): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return fetch(this.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  /** The status of `/health/ready`, over a connection of its own; undefined where none is taken any more. */
  async readyStatus(): Promise<number | undefined> {
    try {
      return (await fetch(`${this.url}/health/ready`, { headers: { connection: 'close' } })).status;
    } catch {
      return undefined;
    }
  }

  async until(status: number | undefined): Promise<void> {
    while ((await this.readyStatus()) !== status);
  }

  async stop(): Promise<void> {
    this.service.process.kill('SIGKILL');
    await this.service.ended;
    await this.upstream.stop();
    await this.config.remove();
  }
}
