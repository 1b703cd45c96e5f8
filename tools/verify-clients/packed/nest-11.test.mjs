import assert from 'node:assert/strict';
import { it } from 'node:test';
import { compile } from './compile.mjs';
import { checkNest } from './nest-checks.mjs';

it('nest-11 compiles', () => assert.deepEqual(compile('nest-11'), []));
checkNest('nest-11', 'express');
checkNest('nest-11', 'fastify');
