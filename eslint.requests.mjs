import tseslint from 'typescript-eslint';

const APP = 'apps/mana-llm/src';
/** The one room that reads the headers of a request. */
const READER = 'call';
/** The rooms that see an HTTP request. */
const SEEING = ['apis/surface', 'door'];
/** Types by which code gets at the headers of a request. */
const TYPES = [
  { name: 'express', importNames: ['Request'] },
  { name: 'node:http', importNames: ['IncomingMessage', 'IncomingHttpHeaders'] },
];
const HEADERS_TYPE = { name: 'node:http', importNames: ['IncomingHttpHeaders'] };
const MESSAGE = `Only ${READER}/ reads the headers of a request: elsewhere it, or the call, is asked for what they say.`;

const HEADERS = '/^(?:headers|headersDistinct|rawHeaders)$/';
const REQUEST = '/^req(?:uest)?$/';

/** Finds `request.headers`, `request.get(...)` and `{ headers }` of a request. */
const noRequestHeaders = {
  meta: { type: 'problem', schema: [], messages: { read: MESSAGE } },
  create(context) {
    const report = (node) => context.report({ node, messageId: 'read' });
    return {
      [`MemberExpression[object.name=${REQUEST}][property.name=${HEADERS}]`]: report,
      [`CallExpression[callee.object.name=${REQUEST}][callee.property.name=/^(?:get|header)$/]`]: report,
      [`VariableDeclarator[init.name=${REQUEST}] > ObjectPattern > Property[key.name=${HEADERS}]`]: report,
      [`ObjectPattern[typeAnnotation.typeAnnotation.typeName.name=/^(?:Request|IncomingMessage)$/] > Property[key.name=${HEADERS}]`]:
        report,
    };
  },
};

const restrict = (types) => ({
  '@typescript-eslint/no-restricted-imports': [
    'error',
    { paths: types.map((type) => ({ ...type, message: MESSAGE })) },
  ],
});
const plugins = {
  '@typescript-eslint': tseslint.plugin,
  requests: { rules: { 'no-headers': noRequestHeaders } },
};
const inRooms = (rooms) => rooms.map((room) => `${APP}/${room}/**/*.ts`);

/** Who may see a request, and who may read its headers (docs/architecture.md). */
export default [
  {
    files: [`${APP}/**/*.ts`],
    ignores: ['**/*.spec.ts', ...inRooms([READER, ...SEEING])],
    plugins,
    rules: restrict(TYPES),
  },
  {
    files: inRooms(SEEING),
    ignores: ['**/*.spec.ts'],
    plugins,
    rules: { ...restrict([HEADERS_TYPE]), 'requests/no-headers': 'error' },
  },
];
