import assert from 'node:assert/strict';
import { it } from 'node:test';
import { compile } from './compile.mjs';
import { checkNest } from './nest-checks.mjs';

it('nest-10 compiles', () => assert.deepEqual(compile('nest-10'), []));
checkNest('nest-10', 'express');
checkNest('nest-10', 'fastify');
