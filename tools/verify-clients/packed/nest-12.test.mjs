import assert from 'node:assert/strict';
import { it } from 'node:test';
import { checkApplication } from './nest/check-application.mjs';
import { compile } from './nest/compile.mjs';

it('nest-12 compiles', () => assert.deepEqual(compile('nest-12'), []));
checkApplication('nest-12', 'express');
checkApplication('nest-12', 'fastify');
