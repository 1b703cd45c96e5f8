import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { firstValueFrom } from 'rxjs';
import { ConfigurationSource } from './configuration-source.js';
import type { Configuration } from './configuration.js';
import { readConfigText } from './file/config-text.js';
import { ConfigurationModule } from './configuration.module.js';

const BAD = 'timeouts: { idleMs: sk }';
const withDefault = (model: string): string => `default: ollama/${model}\n`;

describe(ConfigurationSource.name, () => {
  const previousEnv = { ...process.env };
  const startedIn = process.cwd();
  const log = jest.spyOn(Logger.prototype, 'log').mockImplementation();
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
  const logged = (): unknown[] => log.mock.calls.map(([line]: unknown[]) => line);
  const warned = (): unknown[] => warn.mock.calls.map(([line]: unknown[]) => line);
  let folder: string;
  let path: string;
  let module: TestingModule;
  let source: ConfigurationSource;
  let seen: Configuration[];

  const start = async (yaml?: string): Promise<void> => {
    if (yaml !== undefined) writeFileSync(path, yaml);
    module = await Test.createTestingModule({ imports: [ConfigurationModule] }).compile();
    source = module.get(ConfigurationSource);
    source.changes$.subscribe((configuration) => seen.push(configuration));
    await module.init();
    for (const spy of [log, warn]) spy.mockClear();
  };

  const reload = (yaml: string): void => {
    writeFileSync(path, yaml);
    source.reload(readConfigText(path));
  };

  const nextDefault = async (): Promise<string> => (await firstValueFrom(source.changes$)).routing.defaultModel;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mana-llm-config-'));
    path = join(folder, 'mana-llm.yaml');
    seen = [];
    process.env['MANA_LLM_CONFIG'] = path;
  });

  afterEach(async () => {
    await module.close();
    process.chdir(startedIn);
    for (const name of Object.keys(process.env)) if (!(name in previousEnv)) delete process.env[name];
    Object.assign(process.env, previousEnv);
    rmSync(folder, { recursive: true });
  });

  it('is there for every module, with what the start has read', async () => {
    const before = Date.now();
    await start('');
    expect(source.status).toEqual({ loadedAtMs: expect.any(Number), error: null, mistaken: [], failedAtMs: null });
    expect(source.status.loadedAtMs).toBeGreaterThanOrEqual(before);
  });

  it('gives a new configuration, whole, and says so in one line', async () => {
    await start(withDefault('a'));
    reload(withDefault('b'));
    expect(seen).toMatchObject([
      { routing: { defaultModel: 'ollama/b' }, providers: { settings: [{ name: 'ollama' }] } },
    ]);
    expect(logged()).toEqual(['configuration reloaded']);
    expect(warned()).toEqual([]);
  });

  it('gives nothing, and is silent, when nothing changed', async () => {
    await start(withDefault('a'));
    utimesSync(path, 1, 1);
    source.reload(readConfigText(path));
    reload(`# the same\ntimeouts:\n  idleMs:\nrouting: {}\n${withDefault('a')}`);
    expect([seen, logged(), warned()]).toEqual([[], [], []]);
  });

  it('tells mistakes once, and stays with what is in use', async () => {
    await start(withDefault('a'));
    const { loadedAtMs } = source.status;
    reload(`${BAD}\nlimits: { queued: -1 }`);
    source.reload(readConfigText(path));
    expect(warned()).toEqual([
      expect.stringMatching(/^configuration not reloaded: .* 2 mistakes:\n.*idleMs.*\n.*queued/),
    ]);
    expect(source.status).toEqual({
      loadedAtMs,
      error: expect.stringContaining('timeouts.idleMs: found "sk"') as string,
      mistaken: [expect.stringMatching(/: timeouts\.idleMs$/), expect.stringMatching(/: limits\.queued$/)],
      failedAtMs: expect.any(Number) as number,
    });
    reload(BAD);
    expect(warned()).toHaveLength(2);
    expect([seen, logged()]).toEqual([[], []]);
  });

  it('takes the next good file after a bad one', async () => {
    await start(withDefault('a'));
    reload(BAD);
    reload(withDefault('b'));
    expect(seen).toHaveLength(1);
    expect(source.status).toMatchObject({ error: null, failedAtMs: null });
    expect(logged()).toEqual(['configuration reloaded']);
  });

  it('says so when mistakes are taken back', async () => {
    await start(withDefault('a'));
    reload(BAD);
    reload(withDefault('a'));
    expect(source.status).toMatchObject({ error: null, failedAtMs: null });
    expect(logged()).toEqual(['configuration free of mistakes again, and the same as the one in use']);
    expect(seen).toEqual([]);
  });

  it('takes a named file that is gone for a mistake', async () => {
    await start('');
    rmSync(path);
    source.reload(readConfigText(path));
    expect(source.status.error).toContain('MANA_LLM_CONFIG');
    expect(seen).toEqual([]);
  });

  describe('with entries under some keys', () => {
    const IN_USE = [
      'providers: { vllm: { kind: openai-compatible, baseUrl: "http://vllm/v1" } }',
      'aliases: { fast: { chain: [ollama/a] } }',
      'timeouts: { idleMs: 5 }',
      'default: ollama/a',
    ];
    const without = (key: string): string => IN_USE.filter((line) => !line.startsWith(key)).join('\n');

    it.each(['', '\n', '# only a comment\n', '{}', 'providers:\naliases:\ntimeouts:\ndefault:\n', 'aliases: {}'])(
      'takes %j for no file, changes nothing and says what to do, once',
      async (yaml) => {
        await start(IN_USE.join('\n'));
        reload(yaml);
        reload(yaml);
        expect(warned()).toEqual([
          expect.stringMatching(
            /one mistake:\n.*mana-llm.yaml: found an empty file or no file; allowed: entries under aliases, default, providers, timeouts, .*restart/,
          ),
        ]);
        expect([seen, logged()]).toEqual([[], []]);
        reload(IN_USE.join('\n'));
        expect(source.status.error).toBeNull();
      },
    );

    it.each([
      ['providers', ['', 'providers:', 'providers: {}']],
      ['aliases', ['', 'aliases:', 'aliases: {}']],
      ['timeouts', ['', 'timeouts:', 'timeouts: {}', 'timeouts: { idleMs: }']],
      ['default', ['', 'default:']],
    ])('misses those under %s', async (key, rests) => {
      await start(IN_USE.join('\n'));
      for (const rest of rests) {
        reload(`${rest}\n${without(key)}`);
        expect(source.status.mistaken).toEqual([`${path}: ${key}`]);
      }
      expect(warned()).toEqual([expect.stringContaining(`${key}: found nothing; allowed: one or more entries`)]);
      expect(seen).toEqual([]);
    });

    it('takes a file in which each key has one left, and more keys', async () => {
      await start(IN_USE.join('\n'));
      reload(`${without('aliases')}\naliases: { slow: { chain: [ollama/b] } }\nlimits: { queued: 1 }`);
      expect(source.status.error).toBeNull();
      expect(seen).toHaveLength(1);
      reload(IN_USE.join('\n'));
      expect(source.status.mistaken).toEqual([`${path}: limits`]);
    });

    it('tells other mistakes alone', async () => {
      await start(IN_USE.join('\n'));
      reload('foo:');
      expect(source.status.mistaken).toEqual([`${path}: foo`]);
    });
  });

  it('refuses bytes that are no UTF-8', async () => {
    await start(withDefault('a'));
    writeFileSync(path, Buffer.from([...Buffer.from(withDefault('b')), 0x23, 0xff]));
    source.reload(readConfigText(path));
    expect(warned()).toEqual([expect.stringMatching(/found bytes that are not UTF-8; allowed: text in UTF-8/)]);
    expect(seen).toEqual([]);
  });

  it('reads ${NAME} again', async () => {
    process.env['RELOADED_NAME'] = 'a';
    await start('default: "ollama/${RELOADED_NAME}"');
    process.env['RELOADED_NAME'] = 'b';
    source.reload(readConfigText(path));
    expect(seen).toMatchObject([{ routing: { defaultModel: 'ollama/b' } }]);
  });

  it('warns once of what waits for the next start', async () => {
    await start('');
    reload('{ limits: { bodyMb: 1 }, cache: { memoryMb: 1 } }');
    expect(warned()).toEqual(['limits.bodyMb, cache.memoryMb: the change takes effect at the next start']);
    reload('{ limits: { bodyMb: 1 }, cache: { memoryMb: 1 }, default: b }');
    expect(warned()).toHaveLength(1);
    reload('{ limits: { bodyMb: 2 }, cache: { maxWaitMs: 250 }, default: b }');
    expect(warned().slice(1)).toEqual(['limits.bodyMb: the change takes effect at the next start']);
    reload('{ limits: { bodyMb: 50 }, cache: { maxWaitMs: 250 }, default: b }');
    expect(warned()).toHaveLength(2);
    expect(seen).toHaveLength(4);
  });

  it('warns of what is allowed and may not be meant, where that is new', async () => {
    await start('default: groq/x');
    const warning = 'aliases.a: xai/x is skipped until XAI_API_KEY is set.';
    reload('{ default: groq/x, aliases: { a: { chain: [xai/x] } } }');
    expect(warned()).toEqual([warning]);
  });

  describe('at SIGHUP', () => {
    const settle = (): unknown => jest.advanceTimersByTime(100);
    const startStill = async (yaml?: string): Promise<void> => {
      await start(yaml);
      settle();
    };

    beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'Date'] }));
    afterEach(() => jest.useRealTimers());

    it('reads without waiting for the watch, when the file has stood still for 100 ms', async () => {
      await startStill(withDefault('a'));
      writeFileSync(path, withDefault('b'));
      process.emit('SIGHUP');
      jest.advanceTimersByTime(99);
      expect(seen).toEqual([]);
      jest.advanceTimersByTime(1);
      expect(seen).toHaveLength(1);
      expect(logged()).toEqual(['configuration reloaded']);
    });

    it('says that nothing changed', async () => {
      await startStill(withDefault('a'));
      process.emit('SIGHUP');
      settle();
      expect(logged()).toEqual(['configuration not reloaded: nothing changed']);
    });

    it('says that mistakes are still there', async () => {
      await startStill(withDefault('a'));
      reload(BAD);
      process.emit('SIGHUP');
      settle();
      expect(warned()).toHaveLength(1);
      expect(logged()).toEqual([
        'configuration not reloaded: nothing changed, the file still has the mistakes that were logged before',
      ]);
    });

    it('finds no file where there need not be one', async () => {
      delete process.env['MANA_LLM_CONFIG'];
      process.chdir(folder);
      await startStill();
      process.emit('SIGHUP');
      settle();
      expect(logged()).toEqual(['configuration not reloaded: nothing changed']);
      writeFileSync(path, withDefault('b'));
      process.emit('SIGHUP');
      settle();
      expect(seen).toMatchObject([{ routing: { defaultModel: 'ollama/b' } }]);
    });

    it('is heard only between start and stop, and leaves the listeners of others', async () => {
      const foreign = jest.fn();
      process.on('SIGHUP', foreign);
      const before = process.listeners('SIGHUP');
      await start('');
      expect(process.listenerCount('SIGHUP')).toBe(before.length + 1);
      await module.close();
      expect(process.listeners('SIGHUP')).toEqual(before);
      process.emit('SIGHUP');
      expect(foreign).toHaveBeenCalledTimes(1);
      expect(logged()).toEqual([]);
      process.off('SIGHUP', foreign);
    });
  });

  // The first change may be seen by the reading after the start; the second one only by the watch.
  describe('on its watch', () => {
    it('sees a file that is written anew', async () => {
      await start('');
      writeFileSync(path, withDefault('a'));
      expect(await nextDefault()).toBe('ollama/a');
      writeFileSync(path, withDefault('b'));
      expect(await nextDefault()).toBe('ollama/b');
    });

    it('sees a file that is replaced by another', async () => {
      await start('');
      for (const model of ['a', 'b']) {
        writeFileSync(`${path}.new`, withDefault(model));
        renameSync(`${path}.new`, path);
        expect(await nextDefault()).toBe(`ollama/${model}`);
      }
    });

    it('sees a link swapped, as a mounted ConfigMap’s are', async () => {
      const publish = (model: string): void => {
        mkdirSync(join(folder, model));
        writeFileSync(join(folder, model, 'mana-llm.yaml'), withDefault(model));
        symlinkSync(model, join(folder, '..new'));
        renameSync(join(folder, '..new'), join(folder, '..data'));
      };
      publish('a');
      symlinkSync(join('..data', 'mana-llm.yaml'), path);
      await start();
      for (const model of ['b', 'c']) {
        publish(model);
        expect(await nextDefault()).toBe(`ollama/${model}`);
      }
    });

    it('sees a file come where there need not be one, and misses it when it has gone', async () => {
      delete process.env['MANA_LLM_CONFIG'];
      process.chdir(folder);
      await start();
      writeFileSync(path, withDefault('a'));
      expect(await nextDefault()).toBe('ollama/a');
      const isTold = new Promise<void>((resolve) => warn.mockImplementationOnce(() => resolve()));
      rmSync(path);
      await isTold;
      expect(source.status.error).toContain('mana-llm.yaml: found an empty file or no file');
      writeFileSync(path, withDefault('b'));
      expect(await nextDefault()).toBe('ollama/b');
      expect(seen).toHaveLength(2);
    });

    it('reads a bad file and the next one', async () => {
      await start(withDefault('a'));
      const isTold = new Promise<void>((resolve) => warn.mockImplementationOnce(() => resolve()));
      writeFileSync(path, 'default: ollama/b\nprovid');
      await isTold;
      expect(source.status.error).toContain('broken YAML');
      writeFileSync(path, withDefault('b'));
      expect(await nextDefault()).toBe('ollama/b');
      expect(seen).toHaveLength(1);
    });

    it('ends', async () => {
      await start('');
      const isComplete = new Promise<void>((resolve) => source.changes$.subscribe({ complete: resolve }));
      await module.close();
      await isComplete;
    });
  });
});
