import { type OllamaSettings, ProviderRegistry, type ProviderSettings } from '@mana-llm/llm-providers';
import { Logger } from '@nestjs/common';
import { Subject } from 'rxjs';
import { PLAIN_POLICY } from '../../test/support/routing-parts.js';
import type { Configuration, ProviderPolicy } from '../config/configuration.js';
import type { ConfigurationSource } from '../config/configuration-source.js';
import type { EndpointMetrics } from '../metrics/endpoint-metrics.js';
import { holdRoute, type Route } from './candidates.js';
import { EndpointEvents } from './endpoints/endpoint-events.js';
import type { Endpoint } from './endpoints/endpoint.js';
import type { EndpointRequest } from './endpoints/endpoint-attempt.js';
import { RoutingTable } from './routing-table.js';

const LINGER_MS = 30_000;
const timeouts = { connectMs: 1, firstTokenMs: 1, idleMs: 1, totalMs: 1 };
const ollama = (endpoint: string, name = 'ollama'): OllamaSettings => ({
  kind: 'ollama',
  name,
  baseUrl: `http://${endpoint}.invalid`,
  headers: {},
  embedBatch: 64,
  imageFetch: true,
  pull: 'never',
  timeouts,
});
const REQUEST: EndpointRequest = {
  model: 'm',
  caller: 'x',
  isLowPriority: false,
  signal: new AbortController().signal,
};

describe(RoutingTable.name, () => {
  let changes: Subject<Configuration>;
  let registry: ProviderRegistry;
  let breakers: Map<string, string>;
  let queues: Map<string, number>;
  let events: EndpointEvents;
  let table: RoutingTable;
  const logError = jest.spyOn(Logger.prototype, 'error').mockImplementation();

  const configuration = (settings: ProviderSettings[], policy: Partial<ProviderPolicy> = {}): Configuration => {
    const names = new Set(settings.map(({ name }) => name));
    const policies = [...names].map((provider) => ({
      ...PLAIN_POLICY,
      breaker: { failures: 1, openMs: 60_000 },
      provider,
      ...policy,
    }));
    const routing = { aliases: [], defaultModel: 'ollama/gemma3:4b', policies };
    return {
      routing,
      providers: { settings, unconfigured: [{ name: 'groq', keyVariable: 'GROQ_API_KEY' }] },
    } as unknown as Configuration;
  };
  const start = (...settings: ProviderSettings[]): void => {
    changes = new Subject();
    registry = new ProviderRegistry({ providers: settings });
    const { routing, providers } = configuration(settings);
    const source = { changes$: changes } as unknown as ConfigurationSource;
    table = new RoutingTable(registry, events, source, routing, providers);
  };
  const reload = (settings: ProviderSettings[], policy: Partial<ProviderPolicy> = {}): void =>
    changes.next(configuration(settings, policy));
  const endpoint = (index: number): Endpoint => {
    const found = table.allEndpoints()[index];
    if (found === undefined) throw new Error(`there is no endpoint ${index}`);
    return found;
  };
  const closesOf = ({ provider }: Endpoint): jest.SpyInstance => jest.spyOn(provider as never, 'close');

  beforeEach(() => {
    // Connections are closed for real.
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    logError.mockClear();
    breakers = new Map();
    queues = new Map();
    const metrics: Pick<EndpointMetrics, 'breakerState' | 'queueDepth' | 'gone'> = {
      breakerState: ({ endpoint: name, state }) => void breakers.set(name, state),
      queueDepth: ({ endpoint: name, waiting }) => void queues.set(name, waiting),
      gone: ({ endpoint: name }) => void (breakers.delete(name), queues.delete(name)),
    };
    events = new EndpointEvents(metrics as EndpointMetrics);
  });
  afterEach(async () => {
    await table.onModuleDestroy();
    await registry.onModuleDestroy();
    jest.useRealTimers();
  });

  it('holds each provider’s endpoints, and the variables of those that are not in use', () => {
    start(ollama('a'), ollama('gpu', 'GPU'), ollama('b'));
    const { pools, keyVariables, defaultModel } = table.current;
    expect([...pools.keys()]).toEqual(['ollama', 'gpu']);
    expect(table.allEndpoints().map(({ id }) => id)).toEqual(['ollama#1', 'ollama#2', 'GPU']);
    expect([keyVariables.get('groq'), defaultModel]).toEqual(['GROQ_API_KEY', 'ollama/gemma3:4b']);
  });

  it('tells of each snapshot, the one in use first', () => {
    start(ollama('a'));
    const seen: string[][] = [];
    table.current$.subscribe(({ pools }) => seen.push([...pools.keys()]));
    reload([ollama('a'), ollama('gpu', 'gpu')]);
    expect(seen).toEqual([['ollama'], ['ollama', 'gpu']]);
  });

  describe('after a reload', () => {
    it('keeps endpoints whose settings stay, with all that is known of them, under new limits', async () => {
      start(ollama('a'), ollama('b'));
      const [a, b] = table.allEndpoints();
      const { retryBudget } = table.current.pools.get('ollama') ?? {};
      endpoint(1).breaker.enter('m', 'x').unreachable();
      const attempt = await endpoint(0).enter(REQUEST);
      reload([ollama('b'), ollama('a')], { concurrent: 1 });
      expect(table.allEndpoints()).toEqual([b, a]);
      expect(endpoint(0)).toBe(b);
      expect([endpoint(0).id, endpoint(0).breaker.state, endpoint(1).id, endpoint(1).queue.running]).toEqual([
        'ollama#1',
        'open',
        'ollama#2',
        1,
      ]);
      expect([endpoint(1).queue.hasRoom, table.current.pools.get('ollama')?.retryBudget === retryBudget]).toEqual([
        false,
        true,
      ]);
      attempt.succeeded();
    });

    it('leaves running requests the snapshot that they began with', () => {
      start(ollama('a'));
      const before = table.current;
      reload([ollama('b')]);
      expect(before.pools.get('ollama')?.endpoints).not.toEqual(table.allEndpoints());
    });

    it('changes nothing where an endpoint cannot be made, and says so', () => {
      start(ollama('a'));
      const before = table.current;
      reload([ollama('b'), { kind: 'other', name: 'x' } as unknown as ProviderSettings]);
      expect(table.current).toBe(before);
      expect(logError).toHaveBeenCalledTimes(1);
      reload([ollama('a')]);
      expect(endpoint(0)).toBe(before.pools.get('ollama')?.endpoints[0]);
    });
  });

  describe('an endpoint that is used no more', () => {
    it('is closed once a while has passed', async () => {
      start(ollama('a'));
      const close = closesOf(endpoint(0));
      reload([ollama('b')]);
      await jest.advanceTimersByTimeAsync(LINGER_MS - 1);
      expect(close).not.toHaveBeenCalled();
      await jest.advanceTimersByTimeAsync(2 * LINGER_MS);
      expect(close).toHaveBeenCalledTimes(1);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('stays open while a request runs there', async () => {
      start(ollama('a'));
      const close = closesOf(endpoint(0));
      const attempt = await endpoint(0).enter(REQUEST);
      reload([ollama('b')]);
      await jest.advanceTimersByTimeAsync(10 * LINGER_MS);
      expect(close).not.toHaveBeenCalled();
      attempt.succeeded();
      await jest.advanceTimersByTimeAsync(LINGER_MS);
      expect(close).toHaveBeenCalledTimes(1);
    });

    it('stays open while a request may come to it from another candidate', async () => {
      start(ollama('a'));
      const close = closesOf(endpoint(0));
      const pool = table.current.pools.get('ollama');
      const route = {
        candidates: [
          { name: 'ollama/m', model: 'm', pool },
          { name: 'groq/m', keyVariable: 'X' },
        ],
        names: ['ollama/m'],
      } as Route;
      const done = holdRoute(route);
      reload([ollama('b')]);
      await jest.advanceTimersByTimeAsync(10 * LINGER_MS);
      expect(close).not.toHaveBeenCalled();
      done();
      await jest.advanceTimersByTimeAsync(LINGER_MS);
      expect(close).toHaveBeenCalledTimes(1);
    });

    it('is closed at once when the gateway stops', async () => {
      start(ollama('a'));
      const close = closesOf(endpoint(0));
      reload([ollama('b')]);
      await table.onModuleDestroy();
      await jest.advanceTimersByTimeAsync(2 * LINGER_MS);
      expect(close).toHaveBeenCalledTimes(1);
    });
  });

  describe('in the metrics', () => {
    const states = (): unknown => Object.fromEntries(breakers);

    it('shows each endpoint from the start', () => {
      start(ollama('a'), ollama('b'));
      expect(states()).toEqual({ 'ollama#1': 'closed', 'ollama#2': 'closed' });
      expect(Object.fromEntries(queues)).toEqual({ 'ollama#1': 0, 'ollama#2': 0 });
    });

    it('shows endpoints that change places under their new names', () => {
      start(ollama('a'), ollama('b'), ollama('c'));
      endpoint(0).breaker.enter('m', 'x').unreachable();
      reload([ollama('c'), ollama('b'), ollama('a')]);
      expect(states()).toEqual({ 'ollama#1': 'closed', 'ollama#2': 'closed', 'ollama#3': 'open' });
      reload([ollama('a')]);
      expect(states()).toEqual({ ollama: 'open' });
    });

    it('shows nothing of one that is used no more, whatever becomes of it', () => {
      start(ollama('a'), ollama('gpu', 'gpu'));
      const retired = endpoint(1);
      const changes: unknown[] = [];
      events.healthChanges$.subscribe((changed) => changes.push(changed));
      reload([ollama('a')]);
      retired.breaker.enter('m', 'x').unreachable();
      retired.health.broke('No.');
      retired.health.answered();
      expect([states(), Object.fromEntries(queues)]).toEqual([{ ollama: 'closed' }, { ollama: 0 }]);
      expect(changes).toEqual([]);
    });
  });
});
