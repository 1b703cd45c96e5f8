import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, type Socket } from 'node:net';
import { relative } from 'node:path';
import { FakeUpstream, json, ollamaCompletion } from '@mana-llm/llm-providers/testing';
import { listeningPort } from './support/built-gateway.js';
import { type BuiltService, spawnBuiltService } from './support/built-service.js';
import { BUILT_MAIN, ensureBuilt, REPOSITORY_ROOT } from './support/ensure-built.js';

describe('the built service', () => {
  let upstream: FakeUpstream;
  let service: BuiltService | undefined;

  beforeAll(async () => {
    upstream = await FakeUpstream.start();
    upstream.on('POST', '/api/chat', json(200, ollamaCompletion())).on('GET', '/api/tags', json(200, { models: [] }));
  });

  const start = (env: Record<string, string> = {}): Promise<BuiltService> =>
    spawnBuiltService({
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: '0',
      OLLAMA_URL: upstream.url,
      ...env,
    });

  afterAll(async () => {
    service?.process.kill('SIGKILL');
    await upstream.stop();
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'starts, answers a chat request, and ends with exit code 0 on %s',
    async (signal) => {
      service = await start({ DRAIN_GRACE: '0' });
      const port = await listeningPort(service);
      const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }] }),
      });
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'Hello there.' } }] });
      service.process.kill(signal);
      expect(await service.ended).toBe(0);
      expect(service.stderr()).toBe('');
    },
  );

  it('has 1,000 connections wait for it while it is busy', async () => {
    service = await start({ DRAIN_GRACE: '0' });
    const port = await listeningPort(service);
    service.process.kill('SIGSTOP');
    const sockets: Socket[] = Array.from({ length: 1000 }, () => connect(port, '127.0.0.1'));
    // Those that the kernel drops come back after SIGCONT alone.
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    for (const socket of sockets) socket.destroy();
    service.process.kill('SIGCONT');
    service.process.kill('SIGTERM');
    expect(await service.ended).toBe(0);
  });

  // 128 MiB is what containers of the Python service were given. Elsewhere than on Linux nobody tells the resident memory of another process.
  (process.platform === 'linux' ? it : it.skip)('holds at most 120 MB when it has started', async () => {
    service = await start();
    await listeningPort(service);
    const status = readFileSync(`/proc/${service.process.pid}/status`, 'utf8');
    expect(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1])).toBeLessThanOrEqual(120 * 1024);
  });

  it.each(['@nestjs/core', 'class-validator', 'rxjs', 'undici'])(
    'loads %s from the bundle of packages',
    async (name) => {
      await ensureBuilt();
      expect(relative(REPOSITORY_ROOT, createRequire(BUILT_MAIN).resolve(name))).toMatch(
        /^dist.node_modules.[^.]+\.mjs$/,
      );
    },
  );

  it('says which port is taken', async () => {
    const second = await start({ PORT: String(upstream.port) });
    expect(await second.ended).toBe(1);
    expect(second.stderr()).toContain(`${upstream.port}`);
  });
});
