import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGatewayVersion } from './health.service.js';

describe(readGatewayVersion.name, () => {
  let root: string;
  let inner: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'version-'));
    inner = join(root, 'dist', 'apps', 'mana-llm');
    mkdirSync(inner, { recursive: true });
  });

  afterEach(() => rmSync(root, { recursive: true }));

  it('reads the version of the monorepo, past the packages inside it and past broken ones', () => {
    writeFileSync(join(root, 'package.json'), '{"name":"mana-llm-monorepo","version":"1.2.3"}');
    writeFileSync(join(inner, 'package.json'), '{"name":"@mana-llm/gateway","version":"9.9.9"}');
    writeFileSync(join(root, 'dist', 'package.json'), '{broken');

    expect(readGatewayVersion(inner)).toBe('1.2.3');
  });

  it.each([
    ['there is no monorepo above', '{"name":"another","version":"1.2.3"}'],
    ['the monorepo has no version', '{"name":"mana-llm-monorepo"}'],
  ])('is unknown where %s', (_title, manifest) => {
    writeFileSync(join(root, 'package.json'), manifest);

    expect(readGatewayVersion(inner)).toBe('unknown');
  });

  it('finds the monorepo of the code itself', () => {
    expect(readGatewayVersion()).toMatch(/^\d+\.\d+\.\d+/);
  });
});
