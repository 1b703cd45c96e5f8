import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';
import importRules, { APP, CLIENT, EVENT_STREAMS, OPENAI_API, PROVIDERS } from './eslint.imports.mjs';
import requests from './eslint.requests.mjs';

// Who may import whom (docs/architecture.md). tools/lint/layers.spec.ts shows that each of these rules fires.

const inFolder = (folder, names) => names.map((name) => `${folder}/${name}`);

const SURFACES = ['chat-completions', 'responses', 'embeddings', 'models', 'health', 'docs'];
/** The folder of each; the last one shows in a test what another surface needs. */
const SURFACE_FOLDERS = [...inFolder(`${APP}/apis`, SURFACES), 'apps/mana-llm/test/support/second-surface'];
/** Each room imports those below it, and none beside it. */
const ORDER = [
  ['apis'],
  ['answers'],
  ['cache', 'stored-responses'],
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
/** They know every room, so no room may know them. */
const ROOT_FILES = ['main.ts', 'app.module.ts', 'create-app.ts', 'configure-app.ts', 'start-app.ts', 'start-memory.ts'];
const ADAPTERS = ['ollama', 'openai-compatible', 'embedded'];
/** Below the adapters: each of these folders imports those after it. */
const LIB_ORDER = ['stream', 'transport', 'errors', 'sharing'];
/** They know every adapter, so no folder may know them. */
const LIB_ROOT_FILES = ['llm-providers.module.ts', 'provider-registry.ts'];
/** What providers are and how they are called: below all folders. */
const LIB_ROOT_TYPES = ['call-context.ts', 'llm-provider.ts', 'provider-settings.ts', 'known-providers.ts'];

const othersThan = (name, names) => names.filter((other) => other !== name);
const notSpecs = (folder) => `${folder}/**/!(*.spec|*.e2e-spec).ts`;

const ZONES = [
  {
    target: OPENAI_API,
    from: ['apps', 'libs/event-streams', 'libs/llm-client', 'libs/llm-providers', `${OPENAI_API}/index.ts`],
    message: 'openai-api imports nothing of ours, and inside it the file, not the index.',
  },
  {
    target: `${OPENAI_API}/*.ts`,
    from: [`${OPENAI_API}/checks`],
    message: 'The types know nothing of the classes that check a request: a client loads the types alone.',
  },
  {
    target: EVENT_STREAMS,
    from: ['apps', 'libs/openai-api', 'libs/llm-client', 'libs/llm-providers', `${EVENT_STREAMS}/index.ts`],
    message: 'event-streams imports nothing of ours, and inside it the file, not the index.',
  },
  {
    target: PROVIDERS,
    from: ['apps', 'libs/llm-client', `${PROVIDERS}/index.ts`],
    message: 'llm-providers imports openai-api and event-streams alone, and inside it the file, not its own index.',
  },
  {
    target: CLIENT,
    from: ['apps', 'libs/llm-providers', `${CLIENT}/index.ts`],
    message: 'llm-client imports openai-api and event-streams alone, and inside it the file, not its own index.',
  },
  {
    target: 'apps/example-backend',
    from: ['apps/mana-llm', EVENT_STREAMS, OPENAI_API, PROVIDERS],
    message: 'A backend that calls the gateway knows its client alone.',
  },
  {
    target: notSpecs(CLIENT).replace('**/', ''),
    from: inFolder(CLIENT, ['nestjs', 'terminus', 'testing']),
    message: 'The core of the client knows no framework: nestjs/, terminus/ and testing/ stand on it.',
  },
  ...SURFACE_FOLDERS.map((surface) => ({
    target: surface,
    from: othersThan(surface, SURFACE_FOLDERS),
    message: 'Surfaces never import each other: what two of them need belongs in apis/surface or below.',
  })),
  {
    target: `${APP}/apis/surface`,
    from: SURFACE_FOLDERS,
    message: 'Surfaces import apis/surface, never the other way round.',
  },
  ...ORDER.flatMap((rooms, level) =>
    rooms.map((room) => ({
      target: `${APP}/${room}`,
      from: [
        ...inFolder(APP, ROOT_FILES),
        ...inFolder(APP, [...ORDER.slice(0, level).flat(), ...othersThan(room, rooms)]),
      ],
      message: `${room} imports only what stands below it: ${ORDER.map((names) => names.join(', ')).join(' > ')}.`,
    })),
  ),
  ...ADAPTERS.map((adapter) => ({
    target: `${PROVIDERS}/${adapter}`,
    from: inFolder(PROVIDERS, othersThan(adapter, ADAPTERS)),
    message:
      'Adapters never import each other: what two of them need belongs in transport/, stream/, errors/ or sharing/.',
  })),
  ...LIB_ORDER.map((folder, level) => ({
    target: notSpecs(`${PROVIDERS}/${folder}`),
    from: inFolder(PROVIDERS, [...ADAPTERS, ...LIB_ORDER.slice(0, level)]),
    message: `${folder}/ imports only what stands below it: adapters > ${LIB_ORDER.join(' > ')} > the types of the root.`,
  })),
  {
    target: inFolder(PROVIDERS, [...ADAPTERS, ...LIB_ORDER]),
    from: inFolder(PROVIDERS, LIB_ROOT_FILES),
    message: 'What puts the adapters together knows them all, so no folder knows it.',
  },
  {
    target: inFolder(PROVIDERS, LIB_ROOT_TYPES),
    from: inFolder(PROVIDERS, [...ADAPTERS, ...LIB_ORDER, ...LIB_ROOT_FILES]),
    message: 'The types of the root stand below every folder.',
  },
  {
    target: [
      notSpecs('apps/*/src'),
      notSpecs(`${PROVIDERS}/!(testing)`),
      `${PROVIDERS}/!(*.spec).ts`,
      notSpecs(OPENAI_API),
      `${EVENT_STREAMS}/!(*.spec).ts`,
    ],
    from: [
      `${PROVIDERS}/testing`,
      `${EVENT_STREAMS}/testing`,
      `${CLIENT}/testing`,
      'apps/mana-llm/test',
      'apps/example-backend/test',
    ],
    message: 'Only specs and end-to-end tests import test support.',
  },
];

/** The layer rules alone; they need no type information. */
export default [
  {
    files: ['**/*.ts'],
    plugins: { 'import-x': importX },
    languageOptions: { parser: tseslint.parser },
    settings: {
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createTypeScriptImportResolver({ project: `${import.meta.dirname}/tsconfig.json` })],
    },
    rules: {
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones: ZONES }],
    },
  },
  ...importRules,
  ...requests,
];
