import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { cleanEnvironment } from '../test/support/clean-environment.js';
import { ConfigurationError } from './config/configuration-mistake.js';
import { startApp } from './start-app.js';
import { createApp } from './create-app.js';
import { GatewayLogger } from './logging/gateway-logger.js';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

describe(startApp.name, () => {
  const previous = { ...process.env };
  const foreign = SIGNALS.map((signal) => [signal, process.listeners(signal)] as const);
  let told: string;
  let stderr: jest.SpyInstance;
  let lines: jest.SpyInstance;
  let exit: jest.SpyInstance;
  let app: Awaited<ReturnType<typeof createApp>> | undefined;

  const replaceEnvironment = (env: NodeJS.ProcessEnv): void => {
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, env);
  };

  const createRemembered = async (): ReturnType<typeof createApp> => {
    app = await createApp();
    return app;
  };

  beforeEach(() => {
    told = '';
    app = undefined;
    const silent = { NODE_ENV: 'test', HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'silent', DRAIN_GRACE: '0' };
    replaceEnvironment({ ...cleanEnvironment(), ...silent });
    stderr = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      told += String(text);
      return true;
    });
    lines = jest.spyOn(GatewayLogger.prototype, 'line');
    exit = jest.spyOn(process, 'exit').mockReturnValue(undefined as never);
  });

  afterEach(async () => {
    await app?.close();
    for (const [signal, listeners] of foreign) {
      for (const listener of process.listeners(signal))
        if (!listeners.includes(listener)) process.off(signal, listener);
    }
    stderr.mockRestore();
    lines.mockRestore();
    exit.mockRestore();
    process.exitCode = undefined;
    replaceEnvironment(previous);
  });

  it('says where it listens, and serves', async () => {
    await startApp(createRemembered);
    const { port } = app?.getHttpServer().address() as AddressInfo;
    expect(lines).toHaveBeenLastCalledWith('info', 'listening', { port, host: '127.0.0.1' });
    expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
    expect(told).toBe('');
    expect(process.exitCode).toBeUndefined();
  });

  it.each([
    ['0.0.0.0', {}, 1],
    ['0.0.0.0', { API_KEYS: 'k' }, 0],
    ['127.0.0.1', {}, 0],
  ])('says on %s with %j in %d lines that anybody may call', async (host, env, count) => {
    Object.assign(process.env, { HOST: host, ...env });
    const warn = jest.spyOn(GatewayLogger.prototype, 'warn');
    await startApp(createRemembered);
    const told = warn.mock.calls.flat().filter((line) => /API_KEYS is not set: anybody .* may call/.test(String(line)));
    warn.mockRestore();
    expect(told).toHaveLength(count);
  });

  it('tells a mistake of the configuration in its own words, and ends with 1', async () => {
    const mistake = new ConfigurationError([{ key: 'PORT', found: '"x"', allowed: 'a number' }]);
    await startApp(() => Promise.reject(mistake));
    expect(told).toBe(`${mistake.message}\n`);
    expect(process.exitCode).toBe(1);
  });

  it('tells that the port is taken, and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    process.env['PORT'] = String(port);
    await startApp(createRemembered);
    other.close();
    expect(told).toBe(`Port ${port} is taken. Set PORT to a free one, or stop the process that listens there.\n`);
    expect(process.exitCode).toBe(1);
  });

  it.each([
    [
      'an error with its stack',
      Object.assign(new Error('oops'), { stack: 'Error: oops\n    at here' }),
      'Error: oops\n    at here\n',
    ],
    ['an error without one', Object.assign(new Error('oops'), { stack: undefined }), 'oops\n'],
    ['anything else', 'oops', 'oops\n'],
    ['no password', 'redis://user:pa55@cache failed', 'redis://[redacted]@cache failed\n'],
  ])('tells %s', async (_what, thrown, expected) => {
    await startApp(jest.fn().mockRejectedValue(thrown));
    expect(told).toBe(expected);
    expect(process.exitCode).toBe(1);
  });

  it.each(SIGNALS)('stops at %s: the connections end, then the process', async (signal) => {
    await startApp(createRemembered);
    const exited = new Promise<unknown>((resolve) => exit.mockImplementation(resolve as never));
    process.emit(signal);
    expect(await exited).toBe(0);
    expect(app?.getHttpServer().listening).toBe(false);
    expect(lines).toHaveBeenLastCalledWith('info', 'stopped', { signal });
    app = undefined;
  });

  it('ends at once at the second signal', async () => {
    await startApp(createRemembered);
    const stopped = new Promise<void>((resolve) => {
      exit.mockImplementation(((code: number) => {
        // No code runs after a real exit.
        if (code !== 0) throw new Error(`ended with ${code}`);
        resolve();
      }) as never);
    });
    process.emit('SIGINT');
    expect(() => process.emit('SIGINT')).toThrow('ended with 1');
    // Here the process lives on, and the first stop comes to its end.
    await stopped;
    app = undefined;
  });
});
