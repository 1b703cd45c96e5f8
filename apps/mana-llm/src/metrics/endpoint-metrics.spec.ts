import { Registry } from 'prom-client';
import { EndpointMetrics } from './endpoint-metrics.js';

const ONE = { provider: 'ollama', endpoint: 'ollama#1' };
const TWO = { provider: 'ollama', endpoint: 'ollama#2' };

describe(EndpointMetrics.name, () => {
  let registry: Registry;
  let sut: EndpointMetrics;

  beforeEach(() => {
    registry = new Registry();
    sut = new EndpointMetrics(registry);
  });

  const samples = async (name: string): Promise<string[]> => {
    const text = await registry.getSingleMetricAsString(name);
    return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  };

  it('counts retries by what went wrong before', async () => {
    sut.retried({ provider: 'ollama', reason: 'connection_failed' });
    sut.retried({ provider: 'ollama', reason: 'connection_failed' });
    expect(await samples('mana_llm_retries_total')).toEqual([
      'mana_llm_retries_total{provider="ollama",reason="connection_failed"} 2',
    ]);
  });

  it('keeps the number of reasons finite', async () => {
    for (let reason = 0; reason < 60; reason += 1) sut.retried({ provider: 'ollama', reason: `r${reason}` });
    const lines = await samples('mana_llm_retries_total');
    expect(lines).toHaveLength(51);
    expect(lines.at(-1)).toBe('mana_llm_retries_total{provider="ollama",reason="other"} 10');
  });

  it('counts hedges by how they ended', async () => {
    sut.hedged({ outcome: 'won' });
    sut.hedged({ outcome: 'lost' });
    sut.hedged({ outcome: 'lost' });
    expect(await samples('mana_llm_hedges_total')).toEqual([
      'mana_llm_hedges_total{outcome="won"} 1',
      'mana_llm_hedges_total{outcome="lost"} 2',
    ]);
  });

  it('shows each endpoint’s breaker and queue until it is gone', async () => {
    sut.breakerState({ ...ONE, state: 'half_open' });
    sut.breakerState({ ...TWO, state: 'open' });
    sut.queueDepth({ ...TWO, waiting: 3 });
    expect(await samples('mana_llm_breaker_state')).toEqual([
      'mana_llm_breaker_state{provider="ollama",host="ollama#1"} 1',
      'mana_llm_breaker_state{provider="ollama",host="ollama#2"} 2',
    ]);
    expect(await samples('mana_llm_queue_depth')).toEqual([
      'mana_llm_queue_depth{provider="ollama",host="ollama#2"} 3',
    ]);
    sut.gone(TWO);
    sut.breakerState({ ...ONE, state: 'closed' });
    expect(await samples('mana_llm_breaker_state')).toEqual([
      'mana_llm_breaker_state{provider="ollama",host="ollama#1"} 0',
    ]);
    expect(await samples('mana_llm_queue_depth')).toEqual([]);
  });

  it('counts waits for a place, those of no time too', async () => {
    sut.queueWaited({ provider: 'ollama', seconds: 0 });
    sut.queueWaited({ provider: 'ollama', seconds: 0.3 });
    expect(await samples('mana_llm_queue_wait_seconds')).toEqual(
      expect.arrayContaining([
        'mana_llm_queue_wait_seconds_bucket{le="0.001",provider="ollama"} 1',
        'mana_llm_queue_wait_seconds_bucket{le="0.5",provider="ollama"} 2',
        'mana_llm_queue_wait_seconds_count{provider="ollama"} 2',
      ]),
    );
  });
});
