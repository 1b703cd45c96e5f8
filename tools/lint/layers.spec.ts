import { spawnSync } from 'node:child_process';
import { importing, importingFile, importingFrom, importingPath, type LayerCase, ROOT } from './layer-case.js';

const APP = 'apps/mana-llm/src';
const API = 'libs/openai-api/src';
const STREAMS = 'libs/event-streams/src';
const CLIENT = 'libs/llm-client/src';
const LIB = 'libs/llm-providers/src';
const EXAMPLE = 'apps/example-backend';
const SURFACES = ['chat-completions', 'responses', 'embeddings', 'models', 'health', 'docs'];
/** Of a test, which shows what another surface needs. */
const SECOND_SURFACE = 'apps/mana-llm/test/support/second-surface';
/** The rooms of the app below its surfaces, from the top; those of one line stand beside each other. */
const ROOMS = [
  ['answers'],
  ['cache/chat', 'stored-responses'],
  ['routing'],
  ['sharing', 'redis'],
  ['door'],
  ['call'],
  ['drain'],
  ['errors'],
  ['logging'],
  ['metrics'],
  ['config'],
];
const ADAPTERS = ['ollama', 'openai-compatible', 'embedded'];
/** The folders of the lib below its adapters, from the top. */
const SHARED_OF_LIB = ['stream', 'transport', 'errors', 'sharing'];
const LIB_TYPES = ['call-context.ts', 'llm-provider.ts', 'provider-settings.ts', 'known-providers.ts'];

const PATHS = 'import-x/no-restricted-paths';
const IMPORTS = 'no-restricted-imports';
const SYNTAX = 'no-restricted-syntax';
const REQUESTS = '@typescript-eslint/no-restricted-imports';

const OWNED_PACKAGES: [owner: string, name: string][] = [
  [`${LIB}/transport`, 'axios'],
  [`${LIB}/transport`, 'undici'],
  [STREAMS, 'eventsource-parser'],
  [STREAMS, 'eventsource-parser/stream'],
  [`${LIB}/embedded`, 'node-llama-cpp'],
  [`${APP}/redis`, 'ioredis'],
  [`${APP}/cache/store`, 'cache-manager'],
  [`${APP}/cache/store`, 'cache-manager-ioredis-yet'],
  [`${APP}/cache/store`, 'keyv'],
  [`${APP}/cache/store`, '@keyv/redis'],
  [`${APP}/metrics`, 'prom-client'],
  [`${APP}/metrics`, '@willsoto/nestjs-prometheus'],
  [`${APP}/logging`, 'pino'],
];
const STRANGERS = [
  `${APP}/answers/answer.service.ts`,
  `${APP}/answers/answer.service.spec.ts`,
  `${LIB}/ollama/ollama.provider.ts`,
];

/** Each of these lets a request, or a provider's bytes, end the process. */
const UNGUARDED = [
  'declare const source$: { subscribe(o: object): void }; source$.subscribe({ next: () => undefined });',
  'export const value: unknown = JSON.parse(process.argv[2] ?? "");',
  'declare const ready: Promise<void>; void ready.then(() => undefined);',
];

const REQUEST_SEERS = ['apis/surface', 'door'];
/** Each of these sees a request. */
const SEEN_REQUESTS = [
  "export type { Request } from 'express';",
  "import type { NextFunction, Request } from 'express'; export type Of = [NextFunction, Request];",
  "import { IncomingMessage } from 'node:http'; export const message = IncomingMessage;",
];
const HEADERS_TYPE = "import type { IncomingHttpHeaders } from 'node:http'; export type Headers = IncomingHttpHeaders;";
const REQUEST_TYPE = "import type { Request } from 'express'; ";
/** Each of these reads the headers of a request. */
const READ_HEADERS = [
  `${REQUEST_TYPE}export const hostOf = (request: Request): unknown => request.headers.host;`,
  `${REQUEST_TYPE}export const hostOf = (request: Request): unknown => request.get('host');`,
  `${REQUEST_TYPE}export const hostOf = ({ headers }: Request): unknown => headers.host;`,
  `${REQUEST_TYPE}export function hostOf(request: Request): unknown { const { headers } = request; return headers.host; }`,
];

const pairs = (names: string[]): [string, string][] =>
  names.flatMap((name) => names.filter((other) => other !== name).map((other): [string, string] => [name, other]));

/** Each room with each one above it or beside it. */
const upward = (): [string, string][] =>
  ROOMS.flatMap((rooms, level) =>
    rooms.flatMap((from) =>
      ['apis/surface', ...ROOMS.slice(0, level).flat(), ...rooms]
        .filter((to) => to !== from)
        .map((to): [string, string] => [from, to]),
    ),
  );

/** Each room with each one below it. */
const downward = (): [string, string][] =>
  ROOMS.flatMap((rooms, level) =>
    rooms.flatMap((from) => ROOMS.slice(level + 1).flatMap((lower) => lower.map((to): [string, string] => [from, to]))),
  );

const refused: [rule: string, LayerCase][] = [
  ...pairs(SURFACES).map(([from, to]): [string, LayerCase] => [
    PATHS,
    importingFrom(`${APP}/apis/${from}`, `${APP}/apis/${to}`),
  ]),
  ...SURFACES.map((to): [string, LayerCase] => [PATHS, importingFrom(`${APP}/apis/surface`, `${APP}/apis/${to}`)]),
  ...SURFACES.map((to): [string, LayerCase] => [PATHS, importingFrom(SECOND_SURFACE, `${APP}/apis/${to}`)]),
  ...upward().map(([from, to]): [string, LayerCase] => [PATHS, importingFrom(`${APP}/${from}`, `${APP}/${to}`)]),
  ...ROOMS.flat().map((from): [string, LayerCase] => [
    PATHS,
    importingPath(`${APP}/${from}/probe.ts`, `${APP}/app.module.ts`),
  ]),
  ...pairs(ADAPTERS).map(([from, to]): [string, LayerCase] => [PATHS, importingFrom(`${LIB}/${from}`, `${LIB}/${to}`)]),
  ...SHARED_OF_LIB.flatMap((from) =>
    ADAPTERS.map((to): [string, LayerCase] => [PATHS, importingFrom(`${LIB}/${from}`, `${LIB}/${to}`)]),
  ),

  ...SHARED_OF_LIB.flatMap((from, level) =>
    SHARED_OF_LIB.slice(0, level).map((to): [string, LayerCase] => [
      PATHS,
      importingFrom(`${LIB}/${from}`, `${LIB}/${to}`),
    ]),
  ),
  ...[...ADAPTERS, ...SHARED_OF_LIB].map((from): [string, LayerCase] => [
    PATHS,
    importingPath(`${LIB}/${from}/probe.ts`, `${LIB}/provider-registry.ts`),
  ]),
  ...LIB_TYPES.flatMap((file) =>
    ['ollama', ...SHARED_OF_LIB].map((to): [string, LayerCase] => [
      PATHS,
      importingFile(`${LIB}/${file}`, `${LIB}/${to}`),
    ]),
  ),

  [PATHS, importing(`${API}/model.ts`, '@mana-llm/llm-providers')],
  [PATHS, importingPath(`${API}/model.ts`, `${LIB}/llm-provider.ts`)],
  [PATHS, importingPath(`${API}/model.ts`, `${APP}/app.module.ts`)],
  [PATHS, importingPath(`${API}/model.ts`, `${API}/index.ts`)],
  [PATHS, importingPath(`${API}/model.ts`, `${API}/checks/index.ts`)],
  ...['@nestjs/swagger', 'class-validator', 'class-transformer', 'rxjs', '@mana-llm/openai-api/checks'].flatMap(
    (name): [string, LayerCase][] => [
      [IMPORTS, importing(`${API}/model.ts`, name)],
      [IMPORTS, importing(`${API}/json.ts`, name)],
      [SYNTAX, { file: `${API}/model.ts`, code: `export const load = () => import('${name}');` }],
    ],
  ),
  [PATHS, importingPath(`${LIB}/provider-registry.ts`, `${APP}/app.module.ts`)],
  [PATHS, importingPath(`${LIB}/ollama/ollama.provider.ts`, `${LIB}/index.ts`)],
  [PATHS, importing(`${LIB}/ollama/ollama.provider.ts`, '@mana-llm/llm-providers')],

  ...['@mana-llm/openai-api', '@mana-llm/llm-providers'].map((name): [string, LayerCase] => [
    PATHS,
    importing(`${STREAMS}/sse-decoder.ts`, name),
  ]),
  [PATHS, importingPath(`${STREAMS}/sse-decoder.ts`, `${STREAMS}/index.ts`)],
  [PATHS, importing(`${API}/model.ts`, '@mana-llm/event-streams')],
  [IMPORTS, importing(`${STREAMS}/sse-decoder.ts`, 'rxjs')],
  [IMPORTS, importing(`${LIB}/ollama/ollama.provider.ts`, '@mana-llm/event-streams/sse-decoder.js')],
  [IMPORTS, importingPath(`${LIB}/ollama/ollama.provider.ts`, `${STREAMS}/index.ts`)],

  [PATHS, importing(`${CLIENT}/connection.ts`, '@mana-llm/llm-providers')],
  [PATHS, importingPath(`${CLIENT}/connection.ts`, `${CLIENT}/index.ts`)],
  [PATHS, importing(`${API}/model.ts`, '@mana-llm/client')],
  [PATHS, importing(`${STREAMS}/sse-decoder.ts`, '@mana-llm/client')],
  ...['nestjs', 'terminus', 'testing'].map((folder): [string, LayerCase] => [
    PATHS,
    importingPath(`${CLIENT}/connection.ts`, `${CLIENT}/${folder}/index.ts`),
  ]),
  ...['node:http', 'rxjs', '@nestjs/common', 'eventsource-parser'].map((name): [string, LayerCase] => [
    IMPORTS,
    importing(`${CLIENT}/connection.ts`, name),
  ]),
  [IMPORTS, importing(`${CLIENT}/nestjs/probe.ts`, 'node:http')],
  [IMPORTS, importing(`${CLIENT}/terminus/probe.ts`, 'rxjs')],
  [IMPORTS, importing(`${CLIENT}/testing/probe.ts`, '@nestjs/common')],

  ...['@mana-llm/openai-api', '@mana-llm/event-streams', '@mana-llm/llm-providers'].map((name): [string, LayerCase] => [
    PATHS,
    importing(`${EXAMPLE}/src/people/probe.ts`, name),
  ]),
  [PATHS, importingPath(`${EXAMPLE}/test/probe.e2e-spec.ts`, `${APP}/app.module.ts`)],
  [PATHS, importing(`${EXAMPLE}/src/people/probe.ts`, '@mana-llm/client/testing')],
  [PATHS, importingFrom(`${EXAMPLE}/src/people`, `${EXAMPLE}/test`)],

  [IMPORTS, importing(`${APP}/answers/answer.service.ts`, '@mana-llm/openai-api/src/model.js')],
  [IMPORTS, importing(`${APP}/answers/answer.service.ts`, '@mana-llm/openai-api/checks/required-where.js')],
  [IMPORTS, importing(`${APP}/answers/answer.service.ts`, '@mana-llm/llm-providers/transport/retry-after.js')],
  [IMPORTS, importingPath(`${APP}/answers/answer.service.ts`, `${API}/index.ts`)],
  [IMPORTS, importingPath(`${APP}/answers/answer.service.ts`, `${LIB}/llm-provider.ts`)],
  [IMPORTS, importingPath('apps/mana-llm/test/chat.e2e-spec.ts', `${LIB}/llm-provider.ts`)],
  [IMPORTS, importing(`${LIB}/ollama/ollama.provider.ts`, '@mana-llm/openai-api/src/model.js')],
  [IMPORTS, importingPath(`${LIB}/ollama/ollama.provider.ts`, `${API}/model.ts`)],

  ...OWNED_PACKAGES.flatMap(([owner, name]) =>
    [...STRANGERS, ...(owner === STREAMS ? [] : [`${owner}-too/probe.ts`])].flatMap((file): [string, LayerCase][] => [
      [IMPORTS, importing(file, name)],
      [IMPORTS, { file, code: `export type { Options } from '${name}';` }],
      [SYNTAX, { file, code: `export const load = () => import('${name}');` }],
      [SYNTAX, { file, code: `export type Library = typeof import('${name}');` }],
    ]),
  ),
  [IMPORTS, importing(`${LIB}/transport/probe.ts`, 'node-llama-cpp')],
  [IMPORTS, importing(`${LIB}/embedded/probe.ts`, 'axios')],
  [IMPORTS, importing(`${APP}/metrics/probe.ts`, 'ioredis')],
  [IMPORTS, importing(`${APP}/cache/store/probe.ts`, 'ioredis')],
  [IMPORTS, importing(`${APP}/cache/probe.ts`, 'cache-manager')],
  [IMPORTS, importing(`${APP}/redis/probe.ts`, 'cache-manager')],

  [PATHS, importing(`${APP}/app.module.ts`, '@mana-llm/llm-providers/testing')],
  [PATHS, importing(`${LIB}/stream/read-chunks.ts`, '@mana-llm/event-streams/testing')],
  [PATHS, importingPath(`${STREAMS}/sse-decoder.ts`, `${STREAMS}/testing/index.ts`)],
  [PATHS, importing(`${APP}/answers/answer.service.ts`, '@mana-llm/llm-providers/testing')],
  [PATHS, importingPath(`${LIB}/provider-registry.ts`, `${LIB}/testing/index.ts`)],
  [PATHS, importingPath(`${LIB}/transport/probe.ts`, `${LIB}/testing/index.ts`)],
  [PATHS, importingFrom(`${APP}/apis/chat-completions`, 'apps/mana-llm/test/support')],

  [SYNTAX, { file: `${API}/index.ts`, code: `export * from './model.js';` }],
  ...[
    `${APP}/apis/chat-completions/probe.ts`,
    `${APP}/cache/probe.ts`,
    `${LIB}/transport/probe.ts`,
    `${API}/probe.ts`,
  ].flatMap((file): [string, LayerCase][] => UNGUARDED.map((code) => [SYNTAX, { file, code }])),
  ...['apis/chat-completions', 'answers', 'cache/chat', 'routing/attempts', 'sharing', 'metrics'].flatMap((room) =>
    [...SEEN_REQUESTS, HEADERS_TYPE].map((code): [string, LayerCase] => [
      REQUESTS,
      { file: `${APP}/${room}/probe.ts`, code },
    ]),
  ),
  ...REQUEST_SEERS.flatMap((room): [string, LayerCase][] => [
    [REQUESTS, { file: `${APP}/${room}/probe.ts`, code: HEADERS_TYPE }],
    ...READ_HEADERS.map((code): [string, LayerCase] => [
      'requests/no-headers',
      { file: `${APP}/${room}/probe.ts`, code },
    ]),
  ]),
  // On disk context-too-long.ts imports upstream-error.ts, so this closes a circle.
  ['import-x/no-cycle', importing(`${LIB}/errors/upstream-error.ts`, './context-too-long.js')],
];

const permitted: LayerCase[] = [
  ...SURFACES.flatMap((surface) =>
    ['apis/surface', ...ROOMS.flat()].map((room) => importingFrom(`${APP}/apis/${surface}`, `${APP}/${room}`)),
  ),
  ...downward().map(([from, to]) => importingFrom(`${APP}/${from}`, `${APP}/${to}`)),
  ...SURFACES.map((surface) => importingFrom(`${APP}/apis/${surface}`, `${APP}/apis/${surface}`)),
  ...SURFACES.map((surface) => importingFrom(APP, `${APP}/apis/${surface}`)),
  ...ADAPTERS.flatMap((adapter) => SHARED_OF_LIB.map((to) => importingFrom(`${LIB}/${adapter}`, `${LIB}/${to}`))),
  ...SHARED_OF_LIB.flatMap((from, level) =>
    SHARED_OF_LIB.slice(level + 1).map((to) => importingFrom(`${LIB}/${from}`, `${LIB}/${to}`)),
  ),
  ...[...ADAPTERS, ...SHARED_OF_LIB].flatMap((from) =>
    LIB_TYPES.map((file) => importingPath(`${LIB}/${from}/probe.ts`, `${LIB}/${file}`)),
  ),
  ...ADAPTERS.map((adapter) => importingFrom(LIB, `${LIB}/${adapter}`)),
  importing(`${APP}/answers/answer.service.ts`, '@mana-llm/openai-api'),
  importing(`${APP}/answers/answer.service.ts`, '@mana-llm/openai-api/checks'),
  importing(`${API}/checks/probe.dto.ts`, 'class-validator'),
  importingPath(`${API}/checks/probe.dto.ts`, `${API}/model.ts`),
  importing(`${API}/model.ts`, 'node:crypto'),
  importing(`${API}/model.spec.ts`, 'fast-check'),
  importing(`${APP}/answers/answer.service.ts`, '@mana-llm/llm-providers'),
  importing(`${CLIENT}/connection.ts`, '@mana-llm/event-streams'),
  importing(`${CLIENT}/connection.spec.ts`, 'node:http'),
  importing(`${CLIENT}/nestjs/probe.ts`, '@nestjs/common'),
  importingPath(`${CLIENT}/nestjs/probe.ts`, `${CLIENT}/connection.ts`),
  importing(`${CLIENT}/testing/probe.ts`, 'node:http'),
  importing('apps/mana-llm/test/client/probe.e2e-spec.ts', '@mana-llm/client/testing'),
  importing(`${EXAMPLE}/src/people/probe.ts`, '@mana-llm/client/nestjs'),
  importing(`${EXAMPLE}/src/people/probe.spec.ts`, '@mana-llm/client/testing'),
  importing(`${LIB}/ollama/ollama.provider.ts`, '@mana-llm/openai-api'),
  importing(`${LIB}/ollama/ollama.provider.ts`, '@mana-llm/event-streams'),
  importing(`${LIB}/ollama/ollama.provider.spec.ts`, '@mana-llm/event-streams/testing'),
  importingPath(`${STREAMS}/sse-decoder.spec.ts`, `${STREAMS}/testing/index.ts`),
  importingPath(`${API}/chat-completion.ts`, `${API}/model.ts`),
  ...OWNED_PACKAGES.flatMap(([owner, name]) => [
    importing(`${owner}/probe.ts`, name),
    importing(`${owner}/deeper/probe.spec.ts`, name),
    { file: `${owner}/probe.ts`, code: `export const load = () => import('${name}');` },
    importing('apps/mana-llm/test/cache.e2e-spec.ts', name),
  ]),
  importing(`${APP}/answers/answer.service.ts`, 'rxjs'),
  ...[
    `${APP}/apis/chat-completions/probe.spec.ts`,
    `${LIB}/transport/probe.spec.ts`,
    `${LIB}/testing/probe.ts`,
  ].flatMap((file) => UNGUARDED.map((code): LayerCase => ({ file, code }))),
  ...REQUEST_SEERS.flatMap((room) =>
    SEEN_REQUESTS.map((code): LayerCase => ({ file: `${APP}/${room}/probe.ts`, code })),
  ),
  ...['call/probe.ts', 'cache/probe.spec.ts', 'metrics/probe.spec.ts', 'door/probe.spec.ts'].flatMap((file) =>
    [...SEEN_REQUESTS, HEADERS_TYPE, ...READ_HEADERS].map((code): LayerCase => ({ file: `${APP}/${file}`, code })),
  ),
  importing(`${APP}/metrics/probe.ts`, 'express'),
  { file: `${LIB}/stream/guarded-observers.ts`, code: UNGUARDED[0] ?? '' },
  { file: `${API}/json.ts`, code: UNGUARDED[1] ?? '' },
  importing(`${APP}/answers/answer.service.ts`, 'pinocchio'),
  importing(`${APP}/answers/answer.service.spec.ts`, '@mana-llm/llm-providers/testing'),
  importing('apps/mana-llm/test/chat.e2e-spec.ts', '@mana-llm/llm-providers/testing'),
  importing('apps/mana-llm/test/support/harness.ts', '@mana-llm/llm-providers/testing'),
  importingPath(`${LIB}/ollama/ollama.provider.spec.ts`, `${LIB}/testing/index.ts`),
  importingPath(`${LIB}/provider-registry.spec.ts`, `${LIB}/testing/index.ts`),
  importingFrom(`${LIB}/testing`, `${LIB}/testing`),
];

/** The ids of the rules that each case breaks. */
function lint(cases: LayerCase[]): string[][] {
  const input = JSON.stringify(cases);
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${ROOT}/tools/lint/lint-texts.mjs`], { input });
  if (status !== 0) throw new Error(`ESLint did not run: ${stderr.toString()}`);
  return JSON.parse(stdout.toString()) as string[][];
}

const titled = (cases: LayerCase[]) => cases.map(({ file, code }) => `${file}: ${code}`);

describe('eslint.layers', () => {
  const verdicts = new Map<string, string[]>();

  beforeAll(() => {
    const cases = [...refused.map(([, layerCase]) => layerCase), ...permitted];
    const titles = titled(cases);
    lint(cases).forEach((rules, index) => verdicts.set(titles[index] ?? '', rules));
  }, 60_000);

  it.each(refused.map(([rule, layerCase]) => [rule, ...titled([layerCase])] as const))(
    '%s refuses in %s',
    (rule, title) => {
      expect(verdicts.get(title)).toContain(rule);
    },
  );

  it.each(titled(permitted))('nothing refuses in %s', (title) => {
    expect(verdicts.get(title)).toEqual([]);
  });
});
