import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FakeLlmServer, startFakeLlm } from '@mana-llm/client/testing';
import type { Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import ts from 'typescript';

const ROOT = join(__dirname, '..', '..', '..');
const README = readFileSync(join(__dirname, '..', 'README.md'), 'utf8');
const SNIPPETS = [...README.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
const GATEWAY = 'http://localhost:3025';

const NEST_MODULE = /^export class (\w+)/m;

/** A snippet as a module whose program is a function: CommonJS knows no `await` at its top. A module of Nest is its result. */
function toModule(code: string): string {
  const isImport = /^import [\s\S]*?;\n/gm;
  const imports = (code.match(isImport) ?? []).join('');
  const body = code.replace(isImport, '').replace(/^export /gm, '');
  return `${imports}export async function run() {\n${body}\nreturn ${NEST_MODULE.exec(code)?.[1]};\n}\n`;
}

/** What TypeScript says against these files, by the options of the repository. */
function mistakesIn(files: string[]): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => readFileSync(path, 'utf8')) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files }, ts.sys, ROOT);
  const program = ts.createProgram(files, { ...options, noEmit: true, noUnusedLocals: false });
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file, start }) => {
    const line = file === undefined ? '' : ts.getLineAndCharacterOfPosition(file, start ?? 0).line;
    return `${file?.fileName.split('/').at(-1)}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

describe('the snippets of the README', () => {
  let folder: string;
  let files: string[];
  let gateway: FakeLlmServer;
  let said: unknown[][];

  beforeAll(async () => {
    gateway = await startFakeLlm();
    // Inside the repository, so that its packages are found.
    mkdirSync(join(ROOT, '.cache'), { recursive: true });
    folder = mkdtempSync(join(ROOT, '.cache', 'readme-'));
    files = SNIPPETS.map((code, index) => {
      const file = join(folder, `snippet-${index}.ts`);
      writeFileSync(file, toModule(code.replaceAll(GATEWAY, gateway.url)));
      return file;
    });
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await gateway.close();
  });

  beforeEach(() => {
    said = [];
    jest.spyOn(console, 'log').mockImplementation((...words) => void said.push(words));
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => said.push([text]) > 0);
    gateway.onChat().streams(['The sky', ' is blue.']);
    gateway
      .onChat(({ body }) => body.response_format?.json_schema?.name === 'person')
      .replies('{"name":"Ada","born":1815}');
    gateway.onChat('colour').replies('{"colour":"blue"}');
  });

  afterEach(() => {
    jest.restoreAllMocks();
    gateway.reset();
  });

  it('compile', () => {
    expect(files.length).toBeGreaterThan(8);
    expect(mistakesIn(files)).toEqual([]);
  });

  const load = async (index: number): Promise<() => Promise<unknown>> =>
    ((await import(files[index] ?? '')) as { run: () => Promise<unknown> }).run;
  const named = (isOfNest: boolean): [number, string][] =>
    SNIPPETS.flatMap((code, index): [number, string][] => {
      const name = NEST_MODULE.exec(code)?.[1];
      const lastCall = code.match(/llm\.\w+|fake\w*/g)?.at(-1) ?? '';
      return (name !== undefined) === isOfNest ? [[index, name ?? lastCall]] : [];
    });

  it.each(named(false))('run: number %i, which ends in %s', async (index) => {
    await (
      await load(index)
    )();
    expect(said.length).toBeGreaterThan(0);
  });

  it.each(named(true))('make an application of Nest: number %i, %s', async (index) => {
    const AppModule = (await (await load(index))()) as Type;
    const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
    const app = testing.createNestApplication({ logger: false });
    await app.init();
    await app.close();
  });
});
