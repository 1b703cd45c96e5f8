import { warnOfOpenAccess } from './warnings.js';

describe(warnOfOpenAccess.name, () => {
  it.each<[string, string, string[], string[], boolean]>([
    ['no keys, all addresses', '0.0.0.0', [], [], true],
    ['no keys, all addresses of IPv6', '::', [], [], true],
    ['no keys, this machine alone', '127.0.0.1', [], [], false],
    ['keys', '0.0.0.0', ['k'], [], false],
    ['keys that are not asked for, which have a warning of their own', '0.0.0.0', [], ['k'], false],
  ])('with %s', (_what, host, apiKeys, unusedKeys, isWarned) => {
    expect(warnOfOpenAccess({ host, port: 3025, apiKeys, unusedKeys })).toHaveLength(isWarned ? 1 : 0);
  });
});
