import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

// Who may import whom (docs/architecture.md). tools/lint/layers.spec.ts shows that each of these rules fires.

const APP = 'apps/mana-llm/src';
const OPENAI_API = 'libs/openai-api/src';
const PROVIDERS = 'libs/llm-providers/src';

const SURFACES = ['chat-completions', 'embeddings', 'models', 'health', 'docs'];
/** Each room imports those below it, and none beside it. */
const ORDER = [
  ['apis'],
  ['answers'],
  ['cache'],
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
const SHARED_LIB_FOLDERS = ['transport', 'stream', 'errors'];

/** Packages that one folder wraps for everybody else. */
const OWNED_PACKAGES = [
  { owner: `${PROVIDERS}/transport`, packages: ['axios', '@nestjs/axios', 'undici', 'eventsource-parser'] },
  { owner: `${PROVIDERS}/embedded`, packages: ['node-llama-cpp'] },
  {
    owner: `${APP}/redis`,
    packages: ['ioredis', 'cache-manager', 'cache-manager-ioredis-yet', '@nestjs/cache-manager', 'keyv', '@keyv'],
  },
  { owner: `${APP}/metrics`, packages: ['prom-client', '@willsoto/nestjs-prometheus'] },
  { owner: `${APP}/logging`, packages: ['pino', 'pino-pretty', 'pino-http'] },
];

const inFolder = (folder, names) => names.map((name) => `${folder}/${name}`);
const othersThan = (name, names) => names.filter((other) => other !== name);
const notSpecs = (folder) => `${folder}/**/!(*.spec|*.e2e-spec).ts`;

const ZONES = [
  {
    target: OPENAI_API,
    from: ['apps', 'libs/llm-providers', `${OPENAI_API}/index.ts`],
    message: 'openai-api imports nothing of ours, and inside it the file, not the index.',
  },
  {
    target: PROVIDERS,
    from: ['apps', `${PROVIDERS}/index.ts`],
    message: 'llm-providers imports openai-api alone, and inside it the file, not its own index.',
  },
  ...SURFACES.map((surface) => ({
    target: `${APP}/apis/${surface}`,
    from: inFolder(`${APP}/apis`, othersThan(surface, SURFACES)),
    message: 'Surfaces never import each other: what two of them need belongs in apis/surface or below.',
  })),
  {
    target: `${APP}/apis/surface`,
    from: inFolder(`${APP}/apis`, SURFACES),
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
    message: 'Adapters never import each other: what two of them need belongs in transport/, stream/ or errors/.',
  })),
  {
    target: inFolder(PROVIDERS, SHARED_LIB_FOLDERS),
    from: inFolder(PROVIDERS, ADAPTERS),
    message: 'transport/, stream/ and errors/ know no adapter: if they want to, the adapter lacks a method.',
  },
  {
    target: [
      notSpecs('apps/*/src'),
      notSpecs(`${PROVIDERS}/!(testing)`),
      `${PROVIDERS}/!(*.spec).ts`,
      notSpecs(OPENAI_API),
    ],
    from: [`${PROVIDERS}/testing`, 'apps/mana-llm/test'],
    message: 'Only specs and end-to-end tests import test support.',
  },
];

const INDEX_ONLY = [
  {
    regex: '^@mana-llm/[^/]+/(?!testing$)',
    message: 'A lib is imported by its index: export what you need there.',
  },
  {
    regex: '^\\.\\.?/(.*/)?(libs|openai-api|llm-providers)/',
    message: 'A lib is imported by its name (@mana-llm/...), not by a path.',
  },
];

// `\x2F` is a slash: the selector grammar of no-restricted-syntax knows no slash inside a regular expression.
/** What would let one caller's request, or one provider's bytes, end the process. Specs may do as they like. */
const GUARDED = [
  {
    owner: `${PROVIDERS}/stream/subscribe-guarded.ts`,
    selector: "CallExpression[callee.property.name='subscribe']",
    message: 'Subscribe by subscribeGuarded: what an observer of RxJS throws ends the process.',
  },
  {
    owner: `${OPENAI_API}/json-text.ts`,
    selector: "CallExpression[callee.object.name='JSON'][callee.property.name='parse']",
    message: 'Parse by parseJson: it bounds the depth and keeps long integers exact.',
  },
  {
    selector: "UnaryExpression[operator='void'] > CallExpression[callee.property.name='then'][arguments.length=1]",
    message: 'Say what becomes of a failure: an unhandled rejection ends the process.',
  },
];
const guardedFor = (owner) => GUARDED.filter((guarded) => guarded.owner !== owner);

const packagePattern = (packages) => `^(${packages.join('|').replaceAll('/', '\\x2F')})(\\x2F|$)`;
const ownedMessage = ({ owner, packages }) => `Only ${owner} knows ${packages.join(', ')}.`;

/** Both rules replace their options where they are set again, so each folder gets its whole list at once. */
function importRules(ownedElsewhere, guarded = []) {
  return {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...INDEX_ONLY,
          ...ownedElsewhere.map((owned) => ({ regex: packagePattern(owned.packages), message: ownedMessage(owned) })),
        ],
      },
    ],
    'no-restricted-syntax': [
      'error',
      { selector: 'ExportAllDeclaration', message: 'Name what you export.' },
      ...guarded.map(({ selector, message }) => ({ selector, message })),
      ...ownedElsewhere.map((owned) => ({
        selector: `:matches(ImportExpression, TSImportType)[source.value=/${packagePattern(owned.packages)}/]`,
        message: ownedMessage(owned),
      })),
    ],
  };
}

/** A folder that owns packages, or all of the product; its specs and test support are not guarded. */
function rulesOfFolder(owner) {
  const files = owner === undefined ? ['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts'] : [`${owner}/**/*.ts`];
  const owned = OWNED_PACKAGES.filter((packages) => packages.owner !== owner);
  const unguarded = ['**/*.spec.ts', '**/testing/**'].flatMap((tests) => files.map((file) => [file, tests]));
  return [
    { files, rules: importRules(owned, GUARDED) },
    { files: unguarded, rules: importRules(owned) },
  ];
}

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
  ...[undefined, ...OWNED_PACKAGES.map(({ owner }) => owner)].flatMap(rulesOfFolder),
  ...GUARDED.filter(({ owner }) => owner !== undefined).map(({ owner }) => ({
    files: [owner],
    rules: importRules(OWNED_PACKAGES, guardedFor(owner)),
  })),
  // End-to-end tests look at the service from outside, with whatever client shows it best.
  { files: ['apps/*/test/**/*.ts'], rules: importRules([]) },
];
