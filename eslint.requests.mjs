import tseslint from 'typescript-eslint';

const APP = 'apps/mana-llm/src';
/** The rooms that see an HTTP request. */
const READERS = ['apis/surface', 'door', 'call'];
/** Types by which code gets at the headers of a request. */
const TYPES = [
  { name: 'express', importNames: ['Request'] },
  { name: 'node:http', importNames: ['IncomingMessage', 'IncomingHttpHeaders'] },
];
const MESSAGE = `Only ${READERS.join(', ')} read the headers of a request: elsewhere the call has what they say.`;

/** Who may read the headers of a request (docs/architecture.md). */
export default {
  files: [`${APP}/**/*.ts`],
  ignores: ['**/*.spec.ts', ...READERS.map((room) => `${APP}/${room}/**`)],
  plugins: { '@typescript-eslint': tseslint.plugin },
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      { paths: TYPES.map((types) => ({ ...types, message: MESSAGE })) },
    ],
  },
};
