import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { INestApplication } from '@nestjs/common';
import { allowsOrigin, corsOptions } from './cors-options.js';

@Controller()
class HelloController {
  @Get()
  hello(): string {
    return 'hello';
  }
}

@Module({ controllers: [HelloController] })
class HelloModule {}

describe(corsOptions.name, () => {
  let app: INestApplication;
  let url: string;

  const start = async (origins: string[] | undefined): Promise<void> => {
    app = await NestFactory.create(HelloModule, { logger: false });
    app.enableCors(corsOptions(origins));
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${((app.getHttpServer() as Server).address() as AddressInfo).port}`;
  };

  afterEach(async () => {
    const closed = once(app.getHttpServer() as Server, 'close');
    await app.close();
    await closed.catch(() => undefined);
  });

  const allowed = async (origin: string): Promise<string | null> => {
    const response = await fetch(url, { headers: { origin } });
    await response.text();
    return response.headers.get('access-control-allow-origin');
  };

  it('lets in localhost on any port, and nobody else, when nothing is configured', async () => {
    await start(undefined);
    for (const origin of ['http://localhost:5173', 'https://localhost', 'http://127.0.0.1:3000', 'http://[::1]:8080']) {
      expect(await allowed(origin)).toBe(origin);
    }
    for (const origin of ['http://localhost.example.com', 'https://example.com', 'http://notlocalhost:3000', 'null']) {
      expect(await allowed(origin)).toBeNull();
    }
  });

  it('lets in the configured origins alone', async () => {
    await start(['https://app.example.com', 'http://10.0.0.2:3000']);
    expect(await allowed('https://app.example.com')).toBe('https://app.example.com');
    expect(await allowed('http://10.0.0.2:3000')).toBe('http://10.0.0.2:3000');
    expect(await allowed('http://localhost:3000')).toBeNull();
    expect(await allowed('https://app.example.com.evil.org')).toBeNull();
  });

  it('lets in everybody for *, and nobody for an empty list', async () => {
    await start(['https://app.example.com', '*']);
    expect(await allowed('https://anywhere.example')).toBe('*');
    await app.close();
    await start([]);
    expect(await allowed('http://localhost:3000')).toBeNull();
  });

  it('answers a preflight with what was asked for, to be remembered', async () => {
    await start(undefined);
    const response = await fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin: 'http://localhost:5173',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-stainless-os',
      },
    });
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': 'http://localhost:5173',
      'access-control-allow-methods': expect.stringContaining('POST'),
      'access-control-allow-headers': 'authorization,content-type,x-stainless-os',
      'access-control-max-age': '600',
    });
  });

  it.each<[string[] | undefined, string, string | null]>([
    [undefined, 'http://localhost:5173', 'true'],
    [undefined, 'https://example.com', null],
    [['https://app.example.com'], 'https://app.example.com', 'true'],
    [['https://app.example.com'], 'https://other.example.com', null],
    [['https://app.example.com', '*'], 'https://app.example.com', null],
  ])('with %j allows the credentials of %s: %s', async (origins, origin, expected) => {
    await start(origins);
    const headers = { origin, 'access-control-request-method': 'POST' };
    for (const method of ['GET', 'OPTIONS']) {
      const response = await fetch(url, { method, headers });
      await response.text();
      expect(response.headers.get('access-control-allow-credentials')).toBe(expected);
    }
  });

  it('exposes the headers that a web app reads', async () => {
    await start(undefined);
    const response = await fetch(url, { headers: { origin: 'http://localhost' } });
    await response.text();
    expect(response.headers.get('access-control-expose-headers')?.split(',')).toEqual(
      expect.arrayContaining([
        'x-request-id',
        'x-mana-llm-resolved',
        'x-mana-llm-attempts',
        'retry-after',
        'retry-after-ms',
      ]),
    );
  });
});

describe(allowsOrigin.name, () => {
  it.each<[string[] | undefined, string, boolean]>([
    [undefined, 'http://localhost:5173', true],
    [undefined, 'https://example.com', false],
    [undefined, 'null', false],
    [['https://app.example.com'], 'https://app.example.com', true],
    [['https://app.example.com'], 'http://localhost', false],
    [['https://app.example.com', '*'], 'null', true],
    [[], 'http://localhost', false],
  ])('with %j: %s: %s', (origins, origin, isAllowed) => {
    expect(allowsOrigin(origins, origin)).toBe(isAllowed);
  });
});
