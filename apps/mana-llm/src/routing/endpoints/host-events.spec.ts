import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { Logger } from '@nestjs/common';
import { PLAIN_POLICY } from '../../../test/support/routing-parts.js';
import type { HostMetrics } from '../../metrics/host-metrics.js';
import { HostEvents, type HostOutcome } from './host-events.js';
import { Host } from './host.js';

const LABELS = { provider: 'ollama', host: 'ollama#2' };

describe(HostEvents.name, () => {
  let metrics: jest.Mocked<Pick<HostMetrics, 'breakerState' | 'queueDepth' | 'gone'>>;
  let lines: string[];
  let outcomes: HostOutcome[];
  let host: Host;
  let sut: HostEvents;

  beforeEach(() => {
    lines = [];
    outcomes = [];
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((line) => lines.push(`warn: ${line}`));
    jest.spyOn(Logger.prototype, 'log').mockImplementation((line) => lines.push(`log: ${line}`));
    metrics = { breakerState: jest.fn(), queueDepth: jest.fn(), gone: jest.fn() };
    sut = new HostEvents(metrics as unknown as HostMetrics);
    sut.outcomes$.subscribe((outcome) => outcomes.push(outcome));
    const policy = { ...PLAIN_POLICY, provider: 'ollama', breaker: { failures: 1, openMs: 1_000 } };
    host = new Host(new FakeLlmProvider('ollama'), { id: 'ollama#2', policy, observer: sut });
  });

  it('logs that a breaker opens and closes, and shows each state', () => {
    host.breaker.enter('m', 'x').unreachable();
    host.pingSucceeded();
    host.breaker.enter('m', 'x').succeeded();
    expect(lines).toEqual([
      'warn: the breaker of ollama#2 is open: it is left alone for a while',
      'log: the breaker of ollama#2 is closed again',
    ]);
    expect(metrics.breakerState.mock.calls).toEqual(
      ['open', 'half_open', 'closed'].map((state) => [{ ...LABELS, state }]),
    );
  });

  it('logs once that a model begins to rest, and that it is back', () => {
    const name = 'a "model"\nof a client';
    host.breaker.enter('good', 'a').succeeded();
    host.breaker.enter(name, 'a').modelFailed({ hasAnswered: true });
    host.breaker.enter(name, 'v').succeeded();
    expect(lines).toEqual([
      'warn: the model "a \\"model\\"\\nof a client" of ollama#2 has failed several times in a row: it is left alone for a while',
      'log: the model "a \\"model\\"\\nof a client" of ollama#2 answers again',
    ]);
    expect(metrics.breakerState.mock.calls).toEqual([]);
  });

  it('shows a server none of whose models in use works as one whose breaker is open', () => {
    host.breaker.enter('m', 'a').modelFailed({ hasAnswered: true });
    host.breaker.enter('m', 'v').succeeded();
    expect(metrics.breakerState.mock.calls).toEqual(['open', 'closed'].map((state) => [{ ...LABELS, state }]));
    expect(lines).toHaveLength(4);
  });

  it('hands on what requests tell of a server', () => {
    host.answered();
    host.broke('No.');
    expect(outcomes.map((outcome) => [outcome.host.id, outcome.failure])).toEqual([
      ['ollama#2', undefined],
      ['ollama#2', 'No.'],
    ]);
  });

  it('shows a server under the name that it has', () => {
    host.breaker.enter('m', 'x').unreachable();
    metrics.breakerState.mockClear();
    sut.unnamed(host);
    expect(metrics.gone.mock.calls).toEqual([[LABELS]]);
    sut.named(host);
    expect(metrics.breakerState.mock.calls).toEqual([[{ ...LABELS, state: 'open' }]]);
    expect(metrics.queueDepth.mock.calls).toEqual([[{ ...LABELS, waiting: 0 }]]);
  });

  it('tells nobody of a server that is gone', () => {
    sut.gone(host);
    host.breaker.enter('m', 'x').unreachable();
    sut.modelChanged(host, 'm', true);
    host.answered();
    host.broke('No.');
    sut.queueChanged(host);
    expect([lines, outcomes.length, metrics.breakerState.mock.calls, metrics.queueDepth.mock.calls]).toEqual([
      [],
      0,
      [],
      [],
    ]);
  });
});
