import { json, openAiCompletion } from '@mana-llm/llm-providers/testing';
import { CHAT, useFleet } from '../support/fleet.js';
import { type FleetConfig, fleetYaml } from '../support/fleet-settings.js';
import { useReloadedFile } from '../support/reloaded-file.js';
import { until } from '../support/until.js';

const NAMES = ['one'] as const;
const GOOD = fleetYaml(NAMES, { aliases: { fast: { chain: ['one/a'] } } });
const provider = (fields: object): FleetConfig => ({
  providers: { added: { kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1', ...fields } },
});
const SECRETS = /sk-live|hunter2|token=/;

describe('a configuration file with mistakes', () => {
  const file = useReloadedFile(GOOD);
  const secrets = { SECRET_KEY: 'sk-live-1234', SECRET_URL: 'http://user:hunter2@example.test/v1?token=1' };
  const fleet = useFleet(NAMES, { env: { MANA_LLM_CONFIG: file.path, ...secrets } });

  const configuration = () => fleet.configuration();

  const hangUp = (text: string): void => {
    file.write(text);
    fleet.gateway.signal('SIGHUP');
  };

  it('changes nothing, and is told of until there is a good one', async () => {
    fleet.upstream('one').on('POST', CHAT, json(200, openAiCompletion()));
    const before = await configuration();
    expect(before).toMatchObject({ error: null, failed_unix: null });
    const aliases = await (await fleet.get('/v1/aliases')).json();
    hangUp('aliases: { fast: { chain: [nowhere/x] }, other: { chain: [one/b] } }');
    const failed = await until(configuration, ({ error }) => error !== null);
    expect(failed.error).toMatch(/aliases\.fast\.chain\[0\]/);
    expect(failed.loaded_unix).toBe(before.loaded_unix);
    expect(failed.failed_unix).toBeGreaterThanOrEqual(before.loaded_unix);
    expect(await (await fleet.get('/v1/aliases')).json()).toEqual(aliases);
    expect((await fleet.chat({ model: 'fast' })).headers.get('x-mana-llm-resolved')).toBe('one/a');
    hangUp(GOOD);
    await until(configuration, ({ error }) => error === null);
    expect(await configuration()).toMatchObject({ error: null, failed_unix: null });
  });

  it('that nobody told of by a signal is seen all the same', async () => {
    file.replace('providers: [');
    const { error } = await until(configuration, (report) => report.error !== null);
    expect(error).toMatch(/line 1, column 13/);
    file.replace(GOOD);
    await until(configuration, (report) => report.error === null);
  });

  it.each<[string, FleetConfig, string]>([
    ['a key', provider({ apiKey: 'sk-live 1234' }), 'providers.added.apiKey'],
    ['a key from a variable', provider({ apiKey: '${SECRET_KEY} ' }), 'providers.added.apiKey'],
    ['headers', provider({ headers: { authorization: ['sk-live-1234'] } }), 'providers.added.headers'],
    ['a query', provider({ query: { key: ['sk-live-1234'] } }), 'providers.added.query'],
    ['an unknown key', provider({ apikey: 'sk-live-1234' }), 'providers.added.apikey'],
    ['an address with a password', provider({ baseUrl: secrets.SECRET_URL }), 'providers.added.baseUrl'],
    ['an address from a variable', provider({ baseUrl: '${SECRET_URL}' }), 'providers.added.baseUrl'],
  ])('is told of without its secrets: %s', async (_what, config, key) => {
    hangUp(fleetYaml(NAMES, config));
    const { error } = await until(configuration, (report) => report.error?.includes(`${key}:`) === true);
    expect(error).not.toMatch(SECRETS);
    hangUp(GOOD);
    await until(configuration, (report) => report.error === null);
  });
});
