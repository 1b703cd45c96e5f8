import assert from 'node:assert/strict';
import { it } from 'node:test';
import { checkApplication } from './nest/check-application.mjs';
import { compile } from './nest/compile.mjs';

it('nest-11 compiles', () => assert.deepEqual(compile('nest-11'), []));
checkApplication('nest-11', 'express');
checkApplication('nest-11', 'fastify');
