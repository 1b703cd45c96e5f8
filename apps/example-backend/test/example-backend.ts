import type { AddressInfo } from 'node:net';
import { type FakeLlmServer, startFakeLlm } from '@mana-llm/client/testing';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from '../src/create-app.js';

/** The whole backend on a free port, in front of a fake gateway. */
export class ExampleBackend {
  private constructor(
    readonly fake: FakeLlmServer,
    readonly url: string,
    private readonly app: NestExpressApplication,
  ) {}

  static async start(): Promise<ExampleBackend> {
    const fake = await startFakeLlm();
    process.env['MANA_LLM_URL'] = fake.url;
    const app = await createApp({ logger: false });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    return new ExampleBackend(fake, `http://127.0.0.1:${port}`, app);
  }

  get(path: string, init?: RequestInit): Promise<Response> {
    return fetch(this.url + path, init);
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
    return fetch(this.url + path, { ...init, body: JSON.stringify(body) });
  }

  breakConnections(): void {
    this.app.getHttpServer().closeAllConnections();
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.fake.close();
  }
}
