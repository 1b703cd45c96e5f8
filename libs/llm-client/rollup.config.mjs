import { existsSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import swc from '@rollup/plugin-swc';
import { dts } from 'rollup-plugin-dts';

// Builds the package: each entry as ESM and as CommonJS, with its types. Rollup is what shares code between entries in both
// forms, and builds on Node 20; the libs of this repository and the SSE parser are built in, so that the package needs no other.

const root = dirname(fileURLToPath(import.meta.url));
const libs = resolve(root, '..');
const entries = {
  index: 'src/index.ts',
  nestjs: 'src/nestjs/index.ts',
  terminus: 'src/terminus/index.ts',
  testing: 'src/testing/index.ts',
};
const input = Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(root, file)]));
/** What an application has itself. */
const external = [/^node:/, /^@nestjs\//, /^rxjs/, 'reflect-metadata'];

/** Imports end in `.js` where the file is `.ts`; a lib of ours is imported by its name. */
const sources = {
  name: 'sources',
  resolveId(source, importer) {
    const lib = /^@mana-llm\/([\w-]+)$/.exec(source)?.[1];
    if (lib !== undefined) return join(libs, lib, 'src/index.ts');
    if (importer === undefined || !source.startsWith('.')) return null;
    const file = resolve(dirname(importer), source.replace(/\.js$/, '.ts'));
    return existsSync(file) ? file : null;
  },
};

const typescript = swc({
  swc: {
    sourceMaps: true,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      keepClassNames: true,
    },
  },
});

function output(format, extension) {
  const names = { entryFileNames: `[name].${extension}`, chunkFileNames: `shared/[name]-[hash].${extension}` };
  return { dir: join(root, 'dist'), format, ...names };
}

// The names of shared chunks change with their content: an old one must not be packed.
rmSync(join(root, 'dist'), { recursive: true, force: true });

export default [
  {
    input,
    external,
    treeshake: { moduleSideEffects: false },
    plugins: [sources, nodeResolve(), typescript],
    output: [
      { ...output('es', 'js'), sourcemap: true },
      { ...output('cjs', 'cjs'), sourcemap: true },
    ],
  },
  {
    input,
    external,
    plugins: [
      dts({
        tsconfig: join(root, 'tsconfig.lib.json'),
        includeExternal: ['@standard-schema/spec'],
        compilerOptions: { declaration: true, noEmit: false, composite: false, incremental: false },
      }),
    ],
    output: [output('es', 'd.ts'), output('es', 'd.cts')],
  },
];
