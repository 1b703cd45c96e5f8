import { setFlagsFromString } from 'node:v8';

// V8 lets the dead grow to some two times the living before it looks for them: a hundred MiB (docs/decisions/0009-fair-reads.md).
// Imported first: each collection sets the bound for the next one, and the start has the first.
setFlagsFromString('--heap-growing-percent=50');
