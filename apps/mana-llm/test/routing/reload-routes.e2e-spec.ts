import {
  after,
  latch,
  json,
  openAiChunk,
  openAiCompletion,
  openAiError,
  openAiStream,
  sse,
  sseStream,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { CHAT, useFleet } from '../support/fleet.js';
import { type FleetConfig, fleetYaml } from '../support/fleet-settings.js';
import { contentOf } from '../support/stream-answer.js';
import { StreamReader } from '../support/stream-reader.js';
import { useReloadedFile } from '../support/reloaded-file.js';
import { until } from '../support/until.js';

const NAMES = ['one', 'two'] as const;
const answer = (content: string) => json(200, openAiCompletion({ message: { content } }));
const aliasTo = (...chain: string[]): FleetConfig => ({ aliases: { fast: { chain } } });

describe('a configuration that is read again', () => {
  const file = useReloadedFile(fleetYaml(NAMES, aliasTo('one/a')));
  const fleet = useFleet(NAMES, { env: { MANA_LLM_CONFIG: file.path } });

  const chainOfFast = async (): Promise<string[]> => {
    const body = (await (await fleet.get('/v1/aliases')).json()) as { aliases: { chain: string[] }[] };
    return body.aliases[0]?.chain ?? [];
  };
  const untilChain = (...chain: string[]) => until(chainOfFast, (seen) => seen.join() === chain.join());

  /** Written, told by a signal, and in use. */
  const reload = async (names: readonly string[], ...chain: string[]): Promise<void> => {
    file.replace(fleetYaml(names, aliasTo(...chain)));
    fleet.gateway.signal('SIGHUP');
    await untilChain(...chain);
  };

  beforeEach(async () => {
    for (const name of NAMES) fleet.upstream(name).on('POST', CHAT, answer(name));
    await reload(NAMES, 'one/a');
  });

  const resolvedFast = async () => (await fleet.chat({ model: 'fast' })).headers.get('x-mana-llm-resolved');

  it('at SIGHUP has its aliases used', async () => {
    expect(await resolvedFast()).toBe('one/a');
    await reload(NAMES, 'two/b', 'one/a');
    expect(await resolvedFast()).toBe('two/b');
  });

  it.each(['write', 'replace'] as const)('when its file changes has its aliases used: %s', async (how) => {
    file[how](fleetYaml(NAMES, aliasTo('two/by-itself')));
    await untilChain('two/by-itself');
    expect(await resolvedFast()).toBe('two/by-itself');
  });

  it('without a provider lets its stream go on, and knows it no more', async () => {
    const spoken = latch();
    const begun = sse(openAiChunk({ delta: { content: 'Once' } }));
    fleet.upstream('two').on('POST', CHAT, sseStream(begun, spoken, openAiStream([' upon a time'])));
    expect((await fleet.health('two')).status).toBe('healthy');
    const reader = new StreamReader(await fleet.chat({ model: 'two/b', stream: true }));
    await reader.readUntil('Once');
    await reload(['one'], 'one/c');
    await expectError(await fleet.chat({ model: 'two/b' }), 404, { code: 'model_not_found' });
    spoken.open();
    const stream = await reader.rest();
    expect({ content: contentOf(stream), isDone: stream.isDone }).toEqual({
      content: 'Once upon a time',
      isDone: true,
    });
    expect(await fleet.metric('mana_llm_breaker_state', { provider: 'two' })).toBeUndefined();
    expect(await fleet.metric('mana_llm_provider_healthy', { provider: 'two' })).toBeUndefined();
  });

  it('without a provider lets a running request go on to it along its old chain', async () => {
    const held = latch();
    fleet.upstream('one').on('POST', CHAT, after(held, json(500, openAiError('No.'))));
    const running = fleet.chat({ models: ['one/a', 'two/b'] });
    await fleet.upstream('one').request(CHAT);
    await reload(['one'], 'one/d');
    held.open();
    const response = await running;
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mana-llm-resolved')).toBe('two/b');
  });

  it('keeps what is known of a provider that stays: a model that rests goes on resting', async () => {
    fleet.upstream('one').on('POST', CHAT, json(429, openAiError('Slow down.'), { 'retry-after': '50' }));
    await expectError(await fleet.chat({ model: 'one/limited' }), 429);
    await reload(NAMES, 'one/e');
    await expectError(await fleet.chat({ model: 'one/limited' }), 429);
    expect(fleet.upstream('one').requestsTo(CHAT)).toHaveLength(1);
  });

  /** The statuses of the requests that are sent while `work` runs. */
  const statusesDuring = async (work: () => Promise<void>): Promise<number[]> => {
    const statuses: number[] = [];
    let isOver = false;
    const ask = async (): Promise<void> => {
      while (!isOver) {
        const response = await fleet.chat({ model: 'fast' });
        await response.text();
        statuses.push(response.status);
      }
    };
    const askers = [ask(), ask(), ask(), ask()];
    await work();
    isOver = true;
    await Promise.all(askers);
    return statuses;
  };
  const untilMistakeAt = (key: string) =>
    until(
      () => fleet.configuration(),
      ({ error }) => error?.includes(`${key}: the log tells`) === true,
    );

  it('many times, with mistakes in between, fails none of the requests meanwhile', async () => {
    const statuses = await statusesDuring(async () => {
      for (let round = 0; round < 10; round += 1) {
        await reload(round % 2 === 0 ? ['one'] : NAMES, `one/${round}`);
        file.replace('aliases: { fast: { chain: [nowhere/x] } }');
        fleet.gateway.signal('SIGHUP');
        await untilMistakeAt('aliases.fast.chain[0]');
        await reload(NAMES, `two/${round}`);
      }
    });
    expect(statuses.length).toBeGreaterThan(20);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('while it is empty, half there or no text fails none of the requests meanwhile', async () => {
    const statuses = await statusesDuring(async () => {
      file.write('');
      await untilMistakeAt(file.path);
      file.write(fleetYaml(NAMES, {}));
      await untilMistakeAt(`${file.path}: aliases`);
      file.write(Buffer.from([0xff, 0xfe, 0x3a]));
      await untilMistakeAt(file.path);
      file.write(fleetYaml(NAMES, aliasTo('two/whole')));
      await untilChain('two/whole');
    });
    expect(statuses.length).toBeGreaterThan(20);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await fleet.configuration()).toMatchObject({ error: null });
  });
});

describe('limits that are read again', () => {
  const limited = (concurrent: number) =>
    fleetYaml(NAMES, { ...aliasTo('one/a'), providers: { one: { limits: { concurrent, queued: 5 } } } });
  const file = useReloadedFile(limited(1));
  const fleet = useFleet(NAMES, { env: { MANA_LLM_CONFIG: file.path } });

  it('let in those who wait already', async () => {
    const held = latch();
    fleet.upstream('one').on('POST', CHAT, after(held, answer('one')));
    const answers = [fleet.chat({ model: 'one/m' }), fleet.chat({ model: 'one/m' })];
    await fleet.untilHealth('one', ({ in_flight, queued }) => in_flight === 1 && queued === 1);
    file.write(limited(2));
    fleet.gateway.signal('SIGHUP');
    await fleet.upstream('one').request(CHAT, 2);
    held.open();
    for (const answer of answers) expect((await answer).status).toBe(200);
  });
});
