import { availableParallelism } from 'node:os';
import type { Config } from 'jest';

// Jest cannot require ES modules before Node 24.9, and nestjs-prometheus (CommonJS) requires Nest (ESM):
// so the tests run a CommonJS build of everything, ESM dependencies included. The built ESM service is
// booted by test/built-service.e2e-spec.ts.
const config: Config = {
  testEnvironment: 'node',
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/tools'],
  testMatch: ['**/*.spec.ts', '**/*.e2e-spec.ts'],
  setupFiles: ['reflect-metadata'],
  transform: {
    '^.+\\.(t|j|mj)s$': [
      '@swc/jest',
      {
        module: { type: 'commonjs' },
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
      },
    ],
  },
  transformIgnorePatterns: [
    '/node_modules/(?!(@nestjs|es-toolkit|uid|iterare|load-esm|file-type|strtok3|token-types|uint8array-extras|@tokenizer|@borewit|eventsource-parser|arktype|arkregex|@ark)/)',
  ],
  moduleNameMapper: {
    '^@mana-llm/openai-api$': '<rootDir>/libs/openai-api/src/index.ts',
    '^@mana-llm/openai-api/checks$': '<rootDir>/libs/openai-api/src/checks/index.ts',
    '^@mana-llm/event-streams$': '<rootDir>/libs/event-streams/src/index.ts',
    '^@mana-llm/event-streams/testing$': '<rootDir>/libs/event-streams/src/testing/index.ts',
    '^@mana-llm/client$': '<rootDir>/libs/llm-client/src/index.ts',
    '^@mana-llm/client/(nestjs|terminus|testing)$': '<rootDir>/libs/llm-client/src/$1/index.ts',
    '^@mana-llm/llm-providers$': '<rootDir>/libs/llm-providers/src/index.ts',
    '^@mana-llm/llm-providers/testing$': '<rootDir>/libs/llm-providers/src/testing/index.ts',
    // The real .js first: in node_modules it may have an .mjs twin.
    '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1.ts'],
  },
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json', 'node'],
  // Two at least: a single one would keep its memory. Not V8's coverage: it counts every script that a process ever loaded, so
  // each spec made the next one slower, or wanted a new process (610 s of processor time for the unit tests, not 340).
  maxWorkers: Math.max(2, availableParallelism() - 1),
  workerIdleMemoryLimit: '1GB',
  coverageProvider: 'babel',
  collectCoverageFrom: ['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts', '!**/*.spec.ts', '!**/index.ts', '!**/main.ts'],
  coverageThreshold: { global: { lines: 90 } },
  // For what hangs alone. A busy machine takes ten times as long as an idle one, and the start of a service is part of some tests.
  testTimeout: 120_000,
};

export default config;
