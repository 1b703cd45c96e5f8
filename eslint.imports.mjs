// What may be imported by which name, and what a file may not say. tools/lint/layers.spec.ts shows that each of these rules fires.

export const APP = 'apps/mana-llm/src';
export const CLIENT = 'libs/llm-client/src';
export const EVENT_STREAMS = 'libs/event-streams/src';
export const OPENAI_API = 'libs/openai-api/src';
export const PROVIDERS = 'libs/llm-providers/src';

/** Packages that one folder wraps for everybody else. */
const OWNED_PACKAGES = [
  { owner: `${PROVIDERS}/transport`, packages: ['axios', '@nestjs/axios', 'undici'] },
  { owner: EVENT_STREAMS, packages: ['eventsource-parser'] },
  { owner: `${PROVIDERS}/embedded`, packages: ['node-llama-cpp'] },
  { owner: `${APP}/redis`, packages: ['ioredis'] },
  {
    owner: `${APP}/cache/store`,
    packages: ['cache-manager', 'cache-manager-ioredis-yet', '@nestjs/cache-manager', 'keyv', '@keyv'],
  },
  { owner: `${APP}/metrics`, packages: ['prom-client', '@willsoto/nestjs-prometheus'] },
  { owner: `${APP}/logging`, packages: ['pino', 'pino-pretty', 'pino-http'] },
];

/** What a client loads without Nest: beside Node's own modules these files import `packages` alone. */
const PLAIN_FILES = [
  { files: `${OPENAI_API}/*.ts`, packages: [] },
  { files: `${EVENT_STREAMS}/*.ts`, packages: ['eventsource-parser'] },
];

/** What siblings load: the core runs in browsers, so it has no module of Node. It reads the gateway's JSON and not strangers'. */
const CLIENT_FILES = [
  { files: `${CLIENT}/*.ts`, packages: ['@standard-schema/spec'] },
  { files: `${CLIENT}/nestjs/**/*.ts`, packages: ['@nestjs', 'rxjs', 'node:async_hooks'] },
  { files: `${CLIENT}/terminus/**/*.ts`, packages: ['@nestjs'] },
  { files: `${CLIENT}/testing/**/*.ts`, packages: ['node:http', 'node:net'] },
];

const INDEX_ONLY = [
  {
    regex: '^@mana-llm/(?!openai-api/checks$|client/(nestjs|terminus)$|[^/]+/testing$)[^/]+/',
    message: 'A lib is imported by its index: export what you need there.',
  },
  {
    regex: '^\\.\\.?/(.*/)?(libs|openai-api|event-streams|llm-client|llm-providers)/',
    message: 'A lib is imported by its name (@mana-llm/...), not by a path.',
  },
];

// `\x2F` is a slash: the selector grammar of no-restricted-syntax knows no slash inside a regular expression.
/** What would let one caller's request, or one provider's bytes, end the process. Specs may do as they like. */
const GUARDED = [
  {
    owner: `${PROVIDERS}/stream/guarded-observers.ts`,
    selector: "CallExpression[callee.property.name='subscribe']",
    message: 'Subscribe by subscribeGuarded: what an observer of RxJS throws ends the process.',
  },
  {
    owner: `${OPENAI_API}/json.ts`,
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

const ownedElsewhere = (owner) =>
  OWNED_PACKAGES.filter((owned) => owned.owner !== owner).map((owned) => ({
    pattern: packagePattern(owned.packages),
    message: `Only ${owned.owner} knows ${owned.packages.join(', ')}.`,
  }));

const othersPattern = (packages) => `^(?!\\.|node:${packages.map((name) => `|${name}(\\x2F|$)`).join('')})`;

/** Both rules replace their options where they are set again, so each folder gets its whole list at once. */
function importRules(forbidden, guarded = []) {
  return {
    'no-restricted-imports': [
      'error',
      { patterns: [...INDEX_ONLY, ...forbidden.map(({ pattern, message }) => ({ regex: pattern, message }))] },
    ],
    'no-restricted-syntax': [
      'error',
      { selector: 'ExportAllDeclaration', message: 'Name what you export.' },
      ...guarded.map(({ selector, message }) => ({ selector, message })),
      ...forbidden.map(({ pattern, message }) => ({
        selector: `:matches(ImportExpression, TSImportType)[source.value=/${pattern}/]`,
        message,
      })),
    ],
  };
}

/** A folder that owns packages, or all of the product; its specs and test support are not guarded. */
function rulesOfFolder(owner) {
  const files = owner === undefined ? ['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts'] : [`${owner}/**/*.ts`];
  const unguarded = ['**/*.spec.ts', '**/testing/**'].flatMap((tests) => files.map((file) => [file, tests]));
  return [
    { files, rules: importRules(ownedElsewhere(owner), GUARDED) },
    { files: unguarded, rules: importRules(ownedElsewhere(owner)) },
  ];
}

function rulesOfPlainFiles({ files, packages }) {
  const message = `Beside Node's own modules only these may stand here: ${packages.join(', ') || 'none'}.`;
  const forbidden = [{ pattern: othersPattern(packages), message }];
  return [
    { files: [files], ignores: ['**/*.spec.ts'], rules: importRules(forbidden, GUARDED) },
    ...GUARDED.filter(({ owner }) => owner?.startsWith(files.replace(/\*.*$/, ''))).map(({ owner }) => ({
      files: [owner],
      rules: importRules(forbidden, guardedFor(owner)),
    })),
  ];
}

export default [
  ...[undefined, ...OWNED_PACKAGES.map(({ owner }) => owner)].flatMap(rulesOfFolder),
  ...GUARDED.filter(({ owner }) => owner !== undefined).map(({ owner }) => ({
    files: [owner],
    rules: importRules(ownedElsewhere(), guardedFor(owner)),
  })),
  ...PLAIN_FILES.flatMap(rulesOfPlainFiles),
  ...CLIENT_FILES.map(({ files, packages }) => {
    const names = ['@mana-llm', ...packages].map((name) => `|${name.replaceAll('/', '\\x2F')}(\\x2F|$)`);
    const message = `Beside our libs only these may stand here: ${packages.join(', ') || 'none'}.`;
    return {
      files: [files],
      ignores: ['**/*.spec.ts'],
      rules: importRules([{ pattern: `^(?!\\.${names.join('')})`, message }]),
    };
  }),
  // End-to-end tests look at the service from outside, with whatever client shows it best.
  { files: ['apps/*/test/**/*.ts'], rules: importRules([]) },
];
