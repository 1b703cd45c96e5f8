import { createApp } from './create-app.js';
import { ConfigurationError } from './config/configuration-mistake.js';

describe(createApp.name, () => {
  const previous = { ...process.env };

  beforeEach(() => {
    process.env['LOG_LEVEL'] = 'silent';
    process.env['MANA_LLM_CONFIG'] = '';
  });

  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in previous)) delete process.env[name];
    Object.assign(process.env, previous);
  });

  it('throws every mistake of the configuration at once', async () => {
    Object.assign(process.env, { PORT: 'many', CACHE_TTL: '-1' });
    const failure = await createApp().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConfigurationError);
    expect((failure as Error).message).toMatch(/PORT[^]*CACHE_TTL|CACHE_TTL[^]*PORT/);
  });

  it('is ready to listen', async () => {
    const app = await createApp();
    await app.listen(0, '127.0.0.1');
    expect(await (await fetch(`${await app.getUrl()}/health/live`)).json()).toMatchObject({
      status: 'ok',
      service: 'mana-llm',
    });
    await app.close();
  });
});
