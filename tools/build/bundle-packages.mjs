import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

// The packages that the service imports are 2,000 files, and to find, read and link them was most of its start. They become a few
// files in `dist/node_modules`, where Node looks first. The service's own files stay as TypeScript wrote them, and so do their
// stack traces. What is not there (a package loaded on demand, an optional one) is found in `node_modules` as before.

/** Loaded from their own folder: pino starts workers by their path, node-llama-cpp has native code. */
const LEFT_APART = ['pino', 'pino-pretty', 'node-llama-cpp', 'swagger-ui-dist'];

/** What CommonJS expects to be there, for packages written in it. */
const COMMONJS = [
  "import { createRequire as createRequireOf } from 'node:module';",
  'const require = createRequireOf(import.meta.url);',
  'const __filename = import.meta.filename, __dirname = import.meta.dirname;',
].join('\n');

/**
 * `keepNames` has each class and each function set its own name. The log shows the names of classes. A function would set it
 * whenever it is made, so for each request: it goes without.
 */
const withNamesOfClasses = (code) => code.replaceAll(/\b__name\((?!this,)/g, 'unnamed(');
const UNNAMED = 'const unnamed = (value) => value;';

const packageOf = (specifier) => specifier.match(/^(?:@[^/]+\/)?[^/]+/)[0];
const isApart = (specifier) => LEFT_APART.includes(packageOf(specifier));

/** A package that is not installed is an optional one: whoever wants it asks for it when it runs, and copes without. */
const optionalPackages = {
  name: 'optional-packages',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...options }) => {
      if (pluginData === optionalPackages || options.kind === 'entry-point') return undefined;
      if (isApart(path)) return { path, external: true };
      const found = await resolve(path, { ...options, pluginData: optionalPackages });
      return found.errors.length > 0 ? { path, external: true } : found;
    });
  },
};

/** The packages that the files reached from `main` import, by the names that they use. */
async function importedBy(main) {
  const { metafile } = await build({
    entryPoints: [main],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    write: false,
    metafile: true,
    outdir: 'unused',
    logLevel: 'error',
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  const names = imports.filter(({ external, path }) => external && !path.startsWith('node:')).map(({ path }) => path);
  return [...new Set(names)].filter((name) => !isApart(name)).sort();
}

/** A module with every name that Node finds in the package: esbuild alone does not see those of CommonJS. */
async function namesOf(specifier) {
  const names = Object.keys(await import(specifier)).filter((name) => /^[A-Za-z_$][\w$]*$/.test(name));
  return `export { ${names.join(', ')} } from ${JSON.stringify(specifier)};`;
}

const entryFile = (specifier) => `${specifier.replaceAll('/', '+')}.mjs`;

/** One folder for each package, whose `exports` name the bundled files. */
function writePackages(folder, specifiers) {
  for (const name of new Set(specifiers.map(packageOf))) {
    const inside = specifiers.filter((specifier) => packageOf(specifier) === name);
    const exports = Object.fromEntries(
      inside.map((specifier) => [`.${specifier.slice(name.length)}`, `./${entryFile(specifier)}`]),
    );
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'package.json'), `${JSON.stringify({ name, exports })}\n`);
  }
}

/** Bundles what `main`, a built ES module, imports from packages into the folder `node_modules`, where it looks first. */
export async function bundlePackages(root, main, folder) {
  const specifiers = await importedBy(main);
  const entries = new Map();
  // One after the other: Node cannot require an ES module that is being imported.
  for (const name of specifiers) entries.set(name, await namesOf(name));
  const packageEntries = {
    name: 'package-entries',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^entry:/ }, ({ path }) => ({ path: path.slice('entry:'.length), namespace: 'entry' }));
      onLoad({ filter: /.*/, namespace: 'entry' }, ({ path }) => ({ contents: entries.get(path), resolveDir: root }));
    },
  };
  const { outputFiles } = await build({
    write: false,
    entryPoints: specifiers.map((name) => ({
      in: `entry:${name}`,
      out: join(packageOf(name), entryFile(name).slice(0, -'.mjs'.length)),
    })),
    plugins: [packageEntries, optionalPackages],
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    keepNames: true,
    banner: { js: `${COMMONJS}\n${UNNAMED}` },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: '.shared/[name]-[hash]',
    logLevel: 'error',
  });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, withNamesOfClasses(text));
  }
  writePackages(folder, specifiers);
  return specifiers;
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await bundlePackages(root, join(root, 'dist/apps/mana-llm/src/main.js'), join(root, 'dist/node_modules'));
