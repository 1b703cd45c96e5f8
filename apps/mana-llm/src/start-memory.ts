import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** With V8's second optimising compiler by default. On Node 20, which has it off, its flag must not be touched. */
const FIRST_WITH_MAGLEV = 24;
const hasMaglev = Number(process.versions.node.split('.')[0]) >= FIRST_WITH_MAGLEV;

/**
 * V8's flags for the start, and its defaults after them. Modules live on, and for what lives on V8 makes its young generation as
 * large as it may be: 32 to 64 MiB, of which an idle gateway needs two. What loads modules runs once: optimised code of it, and
 * the memory of the compilers, would stay for nothing (15 MiB). Both compilers pause, never one: what V8 sees while it has one
 * alone stays with that one.
 */
const FLAGS: readonly (readonly [forStart: string, byDefault: string])[] = [
  ['--semi-space-growth-factor=1', '--semi-space-growth-factor=2'],
  ...(hasMaglev
    ? ([
        ['--no-opt', '--opt'],
        ['--no-maglev', '--maglev'],
      ] as const)
    : []),
];

for (const [forStart] of FLAGS) setFlagsFromString(forStart);

interface CollectOptions {
  type: 'major';
  execution: 'sync';
  flavor: 'last-resort';
}

/** The modules are loaded: V8's defaults are back, and what the start left goes back to the system. */
export function endStart(): void {
  for (const [, byDefault] of FLAGS) setFlagsFromString(byDefault);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: CollectOptions) => void;
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
