import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { Logger } from '@nestjs/common';
import { PLAIN_POLICY } from '../../../test/support/routing-parts.js';
import type { EndpointMetrics } from '../../metrics/endpoint-metrics.js';
import { EndpointEvents } from './endpoint-events.js';
import { Endpoint } from './endpoint.js';

const LABELS = { provider: 'ollama', endpoint: 'ollama#2' };

describe(EndpointEvents.name, () => {
  let metrics: jest.Mocked<Pick<EndpointMetrics, 'breakerState' | 'queueDepth' | 'gone'>>;
  let lines: string[];
  let changes: string[];
  let endpoint: Endpoint;
  let sut: EndpointEvents;

  beforeEach(() => {
    lines = [];
    changes = [];
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((line) => lines.push(`warn: ${line}`));
    jest.spyOn(Logger.prototype, 'log').mockImplementation((line) => lines.push(`log: ${line}`));
    metrics = { breakerState: jest.fn(), queueDepth: jest.fn(), gone: jest.fn() };
    sut = new EndpointEvents(metrics as unknown as EndpointMetrics);
    sut.healthChanges$.subscribe(({ id, health }) => changes.push(`${id} ${health.state.status}`));
    const policy = { ...PLAIN_POLICY, provider: 'ollama', breaker: { failures: 1, openMs: 1_000 } };
    endpoint = new Endpoint(new FakeLlmProvider('ollama'), { id: 'ollama#2', key: 'k', policy, observer: sut });
  });

  it('logs that a breaker opens and closes, and shows each state', () => {
    endpoint.breaker.enter('m', 'x').unreachable();
    endpoint.health.pingSucceeded();
    endpoint.breaker.enter('m', 'x').succeeded();
    expect(lines).toEqual([
      'warn: the breaker of ollama#2 is open: it is not asked for a while',
      'log: the breaker of ollama#2 is closed again',
    ]);
    expect(metrics.breakerState.mock.calls).toEqual(
      ['open', 'half_open', 'closed'].map((state) => [{ ...LABELS, state }]),
    );
  });

  it('logs once that a model begins to rest, and that it is back', () => {
    const name = 'a "model"\nof a client';
    endpoint.breaker.enter('good', 'a').succeeded();
    endpoint.breaker.enter(name, 'a').modelFailed({ hasAnswered: true });
    endpoint.breaker.enter(name, 'v').succeeded();
    expect(lines).toEqual([
      'warn: the model "a \\"model\\"\\nof a client" of ollama#2 has failed several times in a row: it is not asked for a while',
      'log: the model "a \\"model\\"\\nof a client" of ollama#2 answers again',
    ]);
    expect(metrics.breakerState.mock.calls).toEqual([]);
  });

  it('shows an endpoint none of whose models in use works as one whose breaker is open', () => {
    endpoint.breaker.enter('m', 'a').modelFailed({ hasAnswered: true });
    endpoint.breaker.enter('m', 'v').succeeded();
    expect(metrics.breakerState.mock.calls).toEqual(['open', 'closed'].map((state) => [{ ...LABELS, state }]));
    expect(lines).toHaveLength(4);
  });

  it('hands on that an endpoint has become healthy or unhealthy', () => {
    endpoint.health.answered();
    for (let failure = 0; failure < 3; failure += 1) endpoint.health.broke('No.');
    expect(changes).toEqual(['ollama#2 healthy', 'ollama#2 unhealthy']);
  });

  it('shows an endpoint under the name that it has', () => {
    endpoint.breaker.enter('m', 'x').unreachable();
    metrics.breakerState.mockClear();
    sut.unnamed(endpoint);
    expect(metrics.gone.mock.calls).toEqual([[LABELS]]);
    sut.named(endpoint);
    expect(metrics.breakerState.mock.calls).toEqual([[{ ...LABELS, state: 'open' }]]);
    expect(metrics.queueDepth.mock.calls).toEqual([[{ ...LABELS, waiting: 0 }]]);
  });

  it('tells nobody of an endpoint that is gone', () => {
    sut.gone(endpoint);
    endpoint.breaker.enter('m', 'x').unreachable();
    sut.modelChanged(endpoint, 'm', true);
    endpoint.health.answered();
    endpoint.health.broke('No.');
    sut.queueChanged(endpoint);
    expect([lines, changes.length, metrics.breakerState.mock.calls, metrics.queueDepth.mock.calls]).toEqual([
      [],
      0,
      [],
      [],
    ]);
  });
});
