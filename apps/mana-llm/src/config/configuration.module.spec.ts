import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test } from '@nestjs/testing';
import { cacheConfig, gatewayConfig, providersConfig, routingConfig } from './load-configuration.js';
import { ConfigurationError } from './configuration-mistake.js';
import { ConfigurationModule, isDevelopment } from './configuration.module.js';

const VARIABLES = ['NODE_ENV', 'PORT', 'OLLAMA_DEFAULT_MODEL'] as const;
const before = VARIABLES.map((name) => [name, process.env[name]] as const);

afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

describe(ConfigurationModule.name, () => {
  it('gives the four parts to whoever injects them', async () => {
    process.env['PORT'] = '4025';
    process.env['OLLAMA_DEFAULT_MODEL'] = 'qwen3:8b';
    const module = await Test.createTestingModule({ imports: [ConfigurationModule] }).compile();
    expect(module.get(gatewayConfig.KEY)).toMatchObject({ port: 4025 });
    expect(module.get(providersConfig.KEY)).toMatchObject({ settings: [{ name: 'ollama' }] });
    expect(module.get(routingConfig.KEY)).toMatchObject({ defaultModel: 'ollama/qwen3:8b' });
    expect(module.get(cacheConfig.KEY)).toMatchObject({ maxWaitMs: 250 });
    await module.close();
  });

  it('does not start with a mistake', async () => {
    process.env['PORT'] = 'x';
    const compiling = Test.createTestingModule({ imports: [ConfigurationModule] }).compile();
    await expect(compiling).rejects.toThrow(ConfigurationError);
  });

  describe('.env', () => {
    const started = process.cwd();
    const directory = mkdtempSync(join(tmpdir(), 'mana-llm-env-'));

    beforeAll(() => {
      writeFileSync(join(directory, '.env'), 'PORT=5025\nOLLAMA_DEFAULT_MODEL=file\n');
      process.chdir(directory);
    });
    afterAll(() => {
      process.chdir(started);
      rmSync(directory, { recursive: true });
    });

    it.each([
      ['is read on import in development, and is weaker than the environment', 'development', '5025'],
      ['is not read in production', 'production', undefined],
    ])('%s', async (_title, nodeEnv, port) => {
      delete process.env['PORT'];
      process.env['NODE_ENV'] = nodeEnv;
      process.env['OLLAMA_DEFAULT_MODEL'] = 'environment';
      await jest.isolateModulesAsync(async () => {
        await import('./configuration.module.js');
      });
      expect(process.env['PORT']).toBe(port);
      expect(process.env['OLLAMA_DEFAULT_MODEL']).toBe('environment');
    });
  });
});

describe(isDevelopment.name, () => {
  it.each([
    [undefined, true],
    ['', true],
    ['development', true],
    ['staging', true],
    ['production', false],
    [' production ', false],
    ['test', false],
  ])('NODE_ENV %j: %s', (nodeEnv, expected) => {
    expect(isDevelopment({ NODE_ENV: nodeEnv })).toBe(expected);
  });
});
