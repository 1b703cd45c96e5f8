import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Test, type TestingModule } from '@nestjs/testing';
import { TerminusModule } from '@nestjs/terminus';
import { LlmModule } from '../nestjs/llm.module.js';
import { LlmHealthIndicator } from './llm.health.js';

const STATUS = { healthy: 200, degraded: 200, unhealthy: 503 };

/** An address at which nobody listens. */
async function closedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

describe(LlmHealthIndicator.name, () => {
  let server: Server;
  let module: TestingModule;
  let indicator: LlmHealthIndicator;

  beforeAll(async () => {
    // Its first folder says its state; `/silent` never answers.
    server = createServer((request, response) => {
      const status = request.url?.split('/')[1] as keyof typeof STATUS | 'silent';
      if (status === 'silent') return;
      const body = { status, service: 'mana-llm', version: '0.0.0', providers: {} };
      response.writeHead(STATUS[status], { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    module = await Test.createTestingModule({
      imports: [
        TerminusModule,
        LlmModule.forRoot({ baseUrl: `${url}/healthy` }),
        ...['degraded', 'unhealthy', 'silent'].map((name) => LlmModule.forRoot({ baseUrl: `${url}/${name}`, name })),
        LlmModule.forRoot({ baseUrl: await closedUrl(), name: 'gone' }),
      ],
      providers: [LlmHealthIndicator],
    }).compile();
    indicator = module.get(LlmHealthIndicator);
  });
  afterAll(async () => {
    await module.close();
    server.closeAllConnections();
    server.close();
  });

  it('is up while the gateway is healthy', async () => {
    expect(await indicator.isHealthy('llm')).toEqual({ llm: { status: 'up', gateway: 'healthy' } });
  });

  it('is degraded while the gateway is', async () => {
    const result = await indicator.isHealthy('llm', { name: 'degraded' });
    expect(result).toEqual({ llm: { status: 'degraded', gateway: 'degraded' } });
  });

  it('is down while the gateway is unhealthy', async () => {
    const result = await indicator.isHealthy('llm', { name: 'unhealthy' });
    expect(result).toEqual({ llm: { status: 'down', gateway: 'unhealthy' } });
  });

  it('is down where there is no gateway, and says why', async () => {
    const message: unknown = expect.stringMatching(/^The gateway could not be reached/);
    expect(await indicator.isHealthy('llm', { name: 'gone' })).toEqual({ llm: { status: 'down', message } });
  });

  it('is down where the gateway does not answer in time', async () => {
    const message = 'The call took longer than its 50 ms.';
    const result = await indicator.isHealthy('llm', { name: 'silent', timeoutMs: 50 });
    expect(result).toEqual({ llm: { status: 'down', message } });
  });

  it('throws for a client that no module provides', async () => {
    await expect(indicator.isHealthy('llm', { name: 'unknown' })).rejects.toThrow('unknown');
  });
});
