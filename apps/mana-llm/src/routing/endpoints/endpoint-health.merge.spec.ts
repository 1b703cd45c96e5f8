import { mergeStates, type ProviderStatus, UNKNOWN_STATE } from './endpoint-health.js';

describe(mergeStates.name, () => {
  it.each<[ProviderStatus[], ProviderStatus]>([
    [['unhealthy', 'healthy'], 'healthy'],
    [['unhealthy', 'unknown'], 'unknown'],
    [['unhealthy', 'unhealthy'], 'unhealthy'],
    [['absent', 'absent'], 'absent'],
    [['unknown'], 'unknown'],
    [[], 'unknown'],
  ])('of %j is %s', (statuses, status) => {
    expect(mergeStates(statuses.map((each) => ({ ...UNKNOWN_STATE, status: each }))).status).toBe(status);
  });
});
