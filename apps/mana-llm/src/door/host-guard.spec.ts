import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import type { ApiError } from '@mana-llm/openai-api';
import { Controller, Get, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Request, Response } from 'express';
import { allowsOrigin, corsOptions, hostGuard } from './host-guard.js';

interface Asked {
  host?: string;
  origin?: string;
  path?: string;
  method?: string;
  'x-forwarded-host'?: string;
}

function build({ allowedHosts = [] as string[], corsOrigins = undefined as string[] | undefined } = {}) {
  const guard = hostGuard({ allowedHosts, corsOrigins });
  return ({ path = '/v1/models', method = 'GET', ...headers }: Asked): ApiError | undefined => {
    const next = jest.fn();
    guard({ headers, path, method } as unknown as Request, {} as Response, next);
    expect(next).toHaveBeenCalledTimes(1);
    const [[error]] = next.mock.calls as [[ApiError | undefined]];
    return error;
  };
}

describe(hostGuard.name, () => {
  it.each([
    undefined,
    '',
    '127.0.0.1',
    '127.0.0.1:3025',
    '192.168.1.20:3025',
    '0.0.0.0',
    '8.8.8.8',
    '[::1]',
    '[::1]:3025',
    '[fe80::1]:3025',
    'localhost',
    'LocalHost:3025',
    'localhost.:3025',
    'localhost.localdomain',
    'app.localhost:3025',
    'mana-llm:3025',
    'gpu_box',
    'gpu-box.local',
    'host.docker.internal:3025',
    'gpu.home.arpa',
    'mana-llm.models.svc',
    'mana-llm.models.svc.cluster.local:3025',
    hostname(),
  ])('serves the Host %s', (host) => {
    const ask = build();
    expect(ask(host === undefined ? {} : { host })).toBeUndefined();
    expect(ask(host === undefined ? {} : { host })).toBeUndefined();
  });

  it.each([
    'evil.example',
    'rebind.evil.example:3025',
    'evil.example.',
    'EVIL.example',
    'localhost.evil.example',
    'localhost%2eevil.example',
    '127.0.0.1.nip.io',
    'local.evil',
    'evillocal.evil',
    'cluster.local.evil.example',
    'x.localdomain',
    '.',
    ':3025',
    '::1',
    'localhost:3025:3025',
    'localhost:99999',
    'localhost/evil.example',
    'localhost#evil.example',
    'localhost@evil.example',
    'localhost evil.example',
    'localhost, evil.example',
    `${'a'.repeat(300)}.local`,
  ])('refuses the Host %s', (host) => {
    const ask = build();
    for (let time = 0; time < 2; time += 1) {
      expect(ask({ host })).toMatchObject({ status: 403, code: 'host_not_allowed', param: null });
    }
  });

  it('says what to set', () => {
    const ask = build();
    expect(ask({ host: 'LLM.example.com:3025' })?.message).toContain(
      'set ALLOWED_HOSTS=llm.example.com. Or set API_KEYS.',
    );
    const hostile = ask({ host: `${'x'.repeat(5_000)}.evil.example` })?.message ?? '';
    expect(hostile).toContain('ALLOWED_HOSTS=<its name>');
    expect(hostile.length).toBeLessThan(300);
  });

  it.each<[string[], string, boolean]>([
    [['llm.example.com'], 'llm.example.com', true],
    [['llm.example.com'], 'LLM.example.com.:8443', true],
    [['llm.example.com'], 'x.llm.example.com', false],
    [['llm.example.com:8443'], 'llm.example.com:8443', true],
    [['llm.example.com:8443'], 'llm.example.com', false],
    [['.example.com'], 'example.com', true],
    [['.example.com'], 'a.b.example.com:1', true],
    [['.example.com'], 'evilexample.com', false],
    [['other.example', 'llm.example.com'], 'llm.example.com', true],
    [['*'], 'anything.example', true],
    [['llm.example.com'], 'localhost', true],
  ])('with ALLOWED_HOSTS=%s: serves %s: %s', (allowedHosts, host, isServed) => {
    expect(build({ allowedHosts })({ host }) === undefined).toBe(isServed);
  });

  it('takes no word of x-forwarded-host', () => {
    const ask = build();
    expect(ask({ host: 'evil.example', 'x-forwarded-host': 'localhost' })?.status).toBe(403);
    expect(ask({ host: 'localhost', 'x-forwarded-host': 'evil.example' })).toBeUndefined();
  });

  it('goes on serving what it has served, however many others come', () => {
    const ask = build();
    for (let count = 0; count < 1_000; count += 1) {
      expect(ask({ host: `host-${count}` })).toBeUndefined();
      expect(ask({ host: `host-${count}.evil.example` })?.status).toBe(403);
    }
    expect(ask({ host: 'host-0' })).toBeUndefined();
  });

  it.each(['/health/live', '/health/ready', '/health/ready/', '/Health/Live'])('refuses nobody at %s', (path) => {
    const ask = build();
    expect(ask({ path, host: 'evil.example' })).toBeUndefined();
    expect(ask({ path, host: 'localhost', origin: 'http://evil.example' })).toBeUndefined();
  });

  it.each(['/', '/health', '/metrics', '/docs', '/openapi.json', '/health/live/x', '/v1/health/live', '/nowhere'])(
    'refuses at %s',
    (path) => {
      expect(build()({ path, host: 'evil.example' })?.status).toBe(403);
    },
  );

  describe('of a request that a web page sends', () => {
    it.each([
      ['gpu-box:3025', 'http://gpu-box:3025'],
      ['gpu-box', 'https://gpu-box'],
      ['192.168.1.20:3025', 'http://192.168.1.20:3025'],
      ['[::1]:3025', 'http://[::1]:3025'],
    ])('to %s serves its own origin %s', (host, origin) => {
      expect(build()({ host, origin })).toBeUndefined();
    });

    it.each(['http://localhost:5173', 'https://localhost', 'http://127.0.0.1:8080', 'http://[::1]:3'])(
      'serves %s',
      (origin) => {
        expect(build()({ host: 'localhost:3025', origin })).toBeUndefined();
      },
    );

    it.each([
      'http://evil.example',
      'null',
      '',
      'http://localhost.evil.example',
      'http://gpu-box:3026',
      'http://gpu-box',
      'ftp://gpu-box:3025',
      'http://gpu-box:3025, http://evil.example',
      'chrome-extension://abc',
    ])('refuses %j', (origin) => {
      const error = build()({ host: 'gpu-box:3025', origin, method: 'POST' });
      expect(error).toMatchObject({ status: 403, code: 'origin_not_allowed' });
    });

    it('refuses it before a page’s own name counts', () => {
      expect(build()({ host: 'evil.example:3025', origin: 'http://evil.example:3025' })?.code).toBe('host_not_allowed');
    });

    it('refuses it where there is no Host', () => {
      expect(build()({ origin: 'http://evil.example' })?.status).toBe(403);
    });

    it('serves what CORS_ORIGINS lists, and nothing else but its own', () => {
      const ask = build({ corsOrigins: ['https://app.example.com'] });
      expect(ask({ host: 'gpu-box', origin: 'https://app.example.com' })).toBeUndefined();
      expect(ask({ host: 'gpu-box', origin: 'http://gpu-box' })).toBeUndefined();
      expect(ask({ host: 'gpu-box', origin: 'http://localhost:5173' })?.status).toBe(403);
      expect(build({ corsOrigins: ['*'] })({ host: 'gpu-box', origin: 'null' })).toBeUndefined();
    });

    it('says what to set', () => {
      const ask = build();
      const messageFor = (origin: string): string | undefined => ask({ host: 'gpu-box', origin })?.message;
      expect(messageFor('https://app.example.com')).toContain('set CORS_ORIGINS=https://app.example.com.');
      expect(messageFor('null')).toContain('set CORS_ORIGINS=<its origin>.');
      expect(messageFor(`https://${'x'.repeat(5_000)}.example`)).toContain('set CORS_ORIGINS=<its origin>.');
    });
  });
});

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
