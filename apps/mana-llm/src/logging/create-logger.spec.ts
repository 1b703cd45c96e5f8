import { Logger } from '@nestjs/common';
import { PassThrough } from 'node:stream';
import { createLogger } from './create-logger.js';
import type { GatewayLogger } from './gateway-logger.js';
import { SecretRedactor } from './secret-redactor.js';

describe(createLogger.name, () => {
  let destination: PassThrough;

  beforeEach(() => {
    destination = new PassThrough();
  });

  function written(): string {
    return String(destination.read() ?? '');
  }

  it('writes one JSON line with time, level and msg', () => {
    createLogger({ level: 'info', pretty: false, destination }).log('listening on port 3025', 'Main');

    const text = written();
    expect(text.endsWith('\n')).toBe(true);
    expect(JSON.parse(text)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      context: 'Main',
      msg: 'listening on port 3025',
    });
  });

  it('tells the time to the millisecond, whatever second came before', () => {
    const now = jest.spyOn(Date, 'now');
    const logger = createLogger({ level: 'info', pretty: false, destination });
    const times = ['2026-01-31T23:59:59.009Z', '2026-01-31T23:59:59.870Z', '2026-02-01T00:00:00.000Z'];
    for (const time of times) {
      now.mockReturnValue(Date.parse(time));
      logger.line('info', 'request', {});
    }
    now.mockRestore();
    const lines = written().trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { time: string }).time)).toEqual(times);
  });

  it.each([
    ['trace', ['trace', 'debug', 'info', 'warn', 'error', 'fatal']],
    ['info', ['info', 'warn', 'error', 'fatal']],
    ['error', ['error', 'fatal']],
    ['silent', []],
  ] as const)('at level %s writes %j', (level, levels) => {
    const logger = createLogger({ level, pretty: false, destination });

    logger.verbose('x');
    logger.debug('x');
    logger.log('x');
    logger.warn('x');
    logger.error('x');
    logger.fatal('x');

    const lines = written().split('\n').filter(Boolean);
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(levels);
  });

  it('says so where a line cannot be written, and throws nothing', () => {
    const unreadable = Object.defineProperty({}, 'field', {
      enumerable: true,
      get: () => {
        throw new Error('unreadable');
      },
    });
    const logger = createLogger({ level: 'info', pretty: false, destination });
    logger.warn('x', unreadable);
    expect(JSON.parse(written())).toMatchObject({
      level: 'error',
      msg: expect.stringContaining('could not be written'),
    });
  });

  it('hides keys in messages, errors and fields', () => {
    const logger = createLogger({ level: 'info', pretty: false, destination });

    logger.error('refused Bearer abcdef123456', new Error('key sk-abcdefghijklmnop'), { apiKey: 'hunter2' }, 'Main');

    const text = written();
    expect(text).not.toMatch(/abcdef|hunter2/);
    expect(JSON.parse(text)).toMatchObject({
      msg: 'refused Bearer [redacted]',
      err: { type: 'Error', message: 'key [redacted]' },
      data: { apiKey: '[redacted]' },
    });
  });

  it('hides the configured secrets', () => {
    const secrets = new SecretRedactor(['a-key-of-groq']);
    const logger = createLogger({ level: 'info', pretty: false, destination, secrets });

    logger.error('a-key-of-groq is bad', new Error('a-key-of-groq'), { at: 'a-key-of-groq' }, 'Main');

    const text = written();
    expect(text).not.toContain('a-key-of-groq');
    expect(JSON.parse(text)).toMatchObject({ msg: '[redacted] is bad', err: { message: '[redacted]' } });
  });

  it('does not quote what could not be parsed', () => {
    const logger = createLogger({ level: 'info', pretty: false, destination });

    try {
      JSON.parse('the prompt');
    } catch (error) {
      logger.error(error);
    }

    const text = written();
    expect(text).not.toMatch(/the prompt|"the pro/);
    expect(JSON.parse(text)).toMatchObject({
      msg: 'a text that cannot be parsed',
      err: { type: 'SyntaxError', stack: expect.stringMatching(/create-logger\.spec/) as string },
    });
  });

  it('takes the messages of Nest', () => {
    Logger.overrideLogger(createLogger({ level: 'info', pretty: false, destination }));
    try {
      new Logger('RoutesResolver').warn('no routes');
    } finally {
      Logger.overrideLogger(false);
    }

    expect(JSON.parse(written())).toMatchObject({ level: 'warn', context: 'RoutesResolver', msg: 'no routes' });
  });

  it('writes for people when told to', () => {
    createLogger({ level: 'info', pretty: true, destination }).log('listening on port 3025', 'Main');

    expect(written()).toMatch(/^\[.*\d\d:\d\d:\d\d.*INFO.*listening on port 3025.*Main.*\n$/);
  });

  describe('when the form is not told', () => {
    const { isTTY } = process.stdout;
    const environment = process.env['NODE_ENV'];

    afterEach(() => {
      process.stdout.isTTY = isTTY;
      process.env['NODE_ENV'] = environment;
    });

    it.each([
      ['a terminal in development', true, 'development', false],
      ['a terminal in production', true, 'production', true],
      ['a pipe in development', false, 'development', true],
    ])('chooses the right one for %s', (_title, terminal, nodeEnvironment, json) => {
      process.stdout.isTTY = terminal;
      process.env['NODE_ENV'] = nodeEnvironment;

      const logger: GatewayLogger = createLogger({ level: 'info', destination });
      logger.log('hello');

      expect(written().startsWith('{"level"')).toBe(json);
    });
  });
});
