import { spawnBuiltService } from './support/built-service.js';
import { writeConfigFile } from './support/config-file.js';

const YAML = [
  'providers:',
  '  vllm: { kind: openai-compatible, baseUrl: not-a-url, apiKey: "${UNSET_VARIABLE}" }',
  'timeouts: { idleMs: never }',
  'limitz: { bodyMb: 1 }',
  'aliases:',
  '  mana/x: { chain: [] }',
].join('\n');

describe('a configuration with mistakes', () => {
  it('stops the start with one list of all of them, and prints no key', async () => {
    const config = await writeConfigFile(YAML);
    const service = await spawnBuiltService({
      NODE_ENV: 'test',
      PORT: 'eighty',
      LOG_LEVEL: 'loud',
      CACHE_TTL: '-1',
      OLLAMA_URL: 'nowhere',
      OPENAI_API_KEY: 'sk-secret secret',
      EMBEDDED_MODEL: '/nowhere/small.gguf',
      MANA_LLM_CONFIG: config.path,
    });
    const code = await service.ended;
    await config.remove();
    expect(code).toBe(1);
    const told = service.stderr();
    for (const key of [
      'PORT',
      'LOG_LEVEL',
      'CACHE_TTL',
      'OLLAMA_URL',
      'EMBEDDED_MODEL',
      'UNSET_VARIABLE',
      'idleMs',
      'limitz',
      'mana/x',
    ]) {
      expect(told).toContain(key);
    }
    expect(told).toMatch(/PORT: found .*eighty.*allowed/);
    expect(told + service.stdout()).not.toContain('sk-secret');
    expect(told).not.toMatch(/\n\s+at /);
  });

  it('that names a file which is not there says so', async () => {
    const service = await spawnBuiltService({ NODE_ENV: 'test', MANA_LLM_CONFIG: '/nowhere/mana-llm.yaml' });
    expect(await service.ended).toBe(1);
    expect(service.stderr()).toContain('/nowhere/mana-llm.yaml');
  });

  it('that is no YAML says where', async () => {
    const config = await writeConfigFile('providers: {\n  broken');
    const service = await spawnBuiltService({ NODE_ENV: 'test', MANA_LLM_CONFIG: config.path });
    expect(await service.ended).toBe(1);
    await config.remove();
    expect(service.stderr()).toMatch(/line \d/i);
  });
});
