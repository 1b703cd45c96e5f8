import assert from 'node:assert/strict';
import { it } from 'node:test';
import { checkApplication } from './nest/check-application.mjs';
import { compile } from './nest/compile.mjs';

it('nest-10 compiles', () => assert.deepEqual(compile('nest-10'), []));
checkApplication('nest-10', 'express');
checkApplication('nest-10', 'fastify');
