import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { applicationFolder } from './nest/application.mjs';
import { compile } from './nest/compile.mjs';

const { PACKED_FOLDER, PACKED_TARBALL } = process.env;
const CHECKS = join(PACKED_FOLDER, 'checks');
const MAX_GZIPPED_BYTES = 12 * 1024;

it('has types that fit its code under each way to resolve a module', () => {
  const attw = join(CHECKS, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  const options = ['--no-color', '--no-emoji', '--format', 'ascii'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [attw, PACKED_TARBALL, ...options], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, `${stdout}${stderr}`);
});

it('compiles for a bundler', () => {
  const options = ['--module', 'esnext', '--moduleResolution', 'bundler', '--noEmit'];
  assert.deepEqual(compile('nest-12', ...options), []);
});

it('has a core of at most 12 KB, bundled, minified and gzipped', async () => {
  const path = createRequire(join(CHECKS, 'package.json')).resolve('esbuild');
  const { default: esbuild } = await import(pathToFileURL(path).href);
  const { outputFiles } = await esbuild.build({
    stdin: { contents: "export * from '@mana-llm/client'", resolveDir: applicationFolder('nest-12') },
    ...{ bundle: true, minify: true, format: 'esm', platform: 'browser', write: false },
  });
  const { length } = gzipSync(outputFiles[0].contents);
  console.log(`The core: ${length} bytes.`);
  assert.ok(length <= MAX_GZIPPED_BYTES, `${length} bytes`);
});
