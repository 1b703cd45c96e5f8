import { toLogLine } from './gateway-logger.js';

const ERROR = new Error('broke');
const STACK = 'Error: broke\n    at start (main.ts:1:2)';

describe(toLogLine.name, () => {
  it.each<[string, unknown, unknown[], string, Record<string, unknown>]>([
    ['a message', 'hello', [], 'hello', {}],
    ['a message with its context', 'hello', ['Routes'], 'hello', { context: 'Routes' }],
    ['more parts of the message', 'hello', ['world', 3, 'Routes'], 'hello world 3', { context: 'Routes' }],
    ['a stack without a context', 'broke', [STACK], 'broke', { stack: STACK }],
    ['a stack and a context', 'broke', [STACK, 'Routes'], 'broke', { stack: STACK, context: 'Routes' }],
    ['an undefined stack', 'broke', [undefined, 'Routes'], 'broke', { context: 'Routes' }],
    ['an error as the message', ERROR, ['Routes'], 'broke', { err: ERROR, context: 'Routes' }],
    ['an error beside the message', 'start failed', [ERROR], 'start failed', { err: ERROR }],
    ['an object as the message', { a: 1 }, [], '', { data: { a: 1 } }],
    ['several objects', 'hello', [{ a: 1 }, { b: 2 }], 'hello', { data: [{ a: 1 }, { b: 2 }] }],
  ])('reads %s', (_title, message, params, text, fields) => {
    expect(toLogLine(message, params)).toEqual({ message: text, fields });
  });
});
