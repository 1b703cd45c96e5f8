import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import layers from './eslint.layers.mjs';

const TESTS = ['**/*.spec.ts', '**/*.e2e-spec.ts', 'apps/*/test/**/*.ts', 'libs/!(llm-client)/src/testing/**/*.ts'];

export default defineConfig(
  globalIgnores(['dist/', 'apps/*/dist/', 'libs/*/dist/', 'coverage/', '.cache/', '**/node_modules/']),
  { linterOptions: { noInlineConfig: true } },
  {
    files: ['**/*.{ts,mjs}'],
    rules: {
      eqeqeq: 'error',
      'max-lines': ['error', 200],
      'max-lines-per-function': ['error', { max: 45, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 5],
      'no-unused-expressions': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },
  ...layers,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Knows emitDecoratorMetadata: in a file with decorators it leaves imports alone, where Nest may need the value.
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/await-thenable': ['error', { allowMixedPromiseArrays: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    // The specs of the tools import .mjs files, which the product's own tsconfig.json does not allow.
    files: ['tools/**/*.ts'],
    languageOptions: { parserOptions: { projectService: false, project: 'tools/lint/tsconfig.json' } },
  },
  { files: ['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts'], rules: { 'import-x/no-default-export': 'error' } },
  {
    files: TESTS,
    rules: {
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      // A fake keeps the async signature of what it stands for.
      '@typescript-eslint/require-await': 'off',
      // Jest's matchers are `any`, and its spies are methods named without their object.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
