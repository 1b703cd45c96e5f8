import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { ROOT } from './layer-case.js';

const PRODUCT = ['apps/mana-llm/src', 'libs/event-streams/src', 'libs/llm-providers/src', 'libs/openai-api/src'];
/** `import-x/no-cycle` sees no import of a type alone. */
const RELATIVE_IMPORT = /(?:from|import\()\s*'(\.[^']+)\.js'/g;

const files = PRODUCT.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.spec)\.ts$/.test(name))
    .map((name) => posix.join(folder, name)),
);

const imports = new Map(
  files.map((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const targets = [...text.matchAll(RELATIVE_IMPORT)].map(([, path = '']) => posix.join(dirname(file), `${path}.ts`));
    return [file, targets] as const;
  }),
);

/** A circle of imports that `path` leads into. */
function circleFrom(path: readonly string[], done: Set<string>): readonly string[] | undefined {
  const file = path.at(-1) ?? '';
  for (const target of imports.get(file) ?? []) {
    const start = path.indexOf(target);
    if (start !== -1) return [...path.slice(start), target];
    const circle = done.has(target) ? undefined : circleFrom([...path, target], done);
    if (circle !== undefined) return circle;
  }
  done.add(file);
  return undefined;
}

describe('the imports of the product', () => {
  it('are resolved, so that a circle is seen', () => {
    const known = new Set(files);
    expect([...imports.values()].flat().filter((target) => !known.has(target))).toEqual([]);
    expect(files.length).toBeGreaterThan(200);
  });

  it('have no circle, types included', () => {
    const done = new Set<string>();
    expect(files.map((file) => circleFrom([file], done)).find((circle) => circle !== undefined)).toBeUndefined();
  });
});
