import assert from 'node:assert/strict';
import { it } from 'node:test';
import { compile } from './compile.mjs';
import { checkNest } from './nest-checks.mjs';

it('nest-12 compiles', () => assert.deepEqual(compile('nest-12'), []));
checkNest('nest-12', 'express');
checkNest('nest-12', 'fastify');
