import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { useScene } from '../../../test/support/scene.js';
import { configureOpenApi } from './configure-openapi.js';

interface Operation extends JsonObject {
  operationId: string;
  summary: string;
  tags: string[];
  security?: object[];
  parameters: { name: string; in: string }[];
  requestBody?: { content: JsonObject };
  responses: Record<string, { description: string; content?: JsonObject }>;
}

interface OpenApi extends JsonObject {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonObject>; securitySchemes: JsonObject };
}

const SCHEMA_TYPES = ['string', 'number', 'integer', 'boolean', 'array', 'object'];

/** Every object in a document, with the path to it. */
function objectsOf(value: unknown, path = ''): [string, JsonObject][] {
  if (Array.isArray(value)) return value.flatMap((item, index) => objectsOf(item, `${path}/${index}`));
  if (!isJsonObject(value)) return [];
  const inner = Object.entries(value).flatMap(([key, field]) => objectsOf(field, `${path}/${key}`));
  return [[path, value], ...inner];
}

describe(configureOpenApi.name, () => {
  const scene = useScene();
  let document: OpenApi;
  let operations: [string, Operation][];

  beforeAll(async () => {
    document = (await (await scene.get('/openapi.json')).json()) as OpenApi;
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation): [string, Operation] => [path, operation]),
    );
  });

  it('describes every route once, under the path that OpenAPI has for it', () => {
    expect(document.openapi).toMatch(/^3\.\d+\.\d+$/);
    expect(operations.map(([path, { operationId }]) => `${path} ${operationId}`).length).toBe(
      new Set(operations.map(([, { operationId }]) => operationId)).size,
    );
    for (const path of Object.keys(document.paths)) expect(path).toMatch(/^(\/[\w{}]+)+$/);
  });

  it('tells the type of fields that may be null', () => {
    const { properties } = document.components.schemas['ChatCompletionRequest'] as {
      properties: Record<string, JsonObject>;
    };
    expect(properties['temperature']).toMatchObject({ type: 'number' });
    expect(properties['stream']).toMatchObject({ type: 'boolean' });
    expect(properties['model']).toMatchObject({ type: 'string' });
  });

  it('declares each parameter of a path, and a description of each answer', () => {
    for (const [path, { parameters, responses }] of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(inPath);
      expect(Object.keys(responses)).toContain('200');
      for (const { description } of Object.values(responses)) expect(description).toEqual(expect.any(String));
    }
  });

  it('refers to schemas that are there, nested ones too, and defines none that nobody refers to', () => {
    const references = objectsOf(document).flatMap(([, { $ref }]) => (typeof $ref === 'string' ? [$ref] : []));
    const names = Object.keys(document.components.schemas);
    expect([...new Set(references)].sort()).toEqual(names.map((name) => `#/components/schemas/${name}`).sort());
    expect(names).toEqual(
      expect.arrayContaining([
        'ChatCompletionRequest',
        'ChatMessage',
        'ContentPart',
        'ImageUrl',
        'ToolCall',
        'EmbeddingRequest',
      ]),
    );
  });

  it('has schemas whose words are those of OpenAPI', () => {
    const schemas = objectsOf(document.components.schemas).filter(([, { type }]) => typeof type === 'string');
    expect(schemas.length).toBeGreaterThan(30);
    for (const [path, { type, items, required, properties }] of schemas) {
      expect([path, SCHEMA_TYPES.includes(String(type))]).toEqual([path, true]);
      if (type === 'array') expect([path, isJsonObject(items)]).toEqual([path, true]);
      const names = isJsonObject(properties) ? Object.keys(properties) : [];
      expect(names).toEqual(expect.arrayContaining(Array.isArray(required) ? required : []));
    }
  });

  it('takes JSON and answers a chat as JSON and as a stream', () => {
    const chat = document.paths['/v1/chat/completions']?.['post'];
    expect(Object.keys(chat?.requestBody?.content ?? {})).toEqual(['application/json']);
    expect(Object.keys(chat?.responses['200']?.content ?? {})).toEqual(['application/json', 'text/event-stream']);
    expect(chat?.['operationId']).not.toMatch(/stream/);
  });

  it('says nothing of keys where there are none', () => {
    expect(document).not.toHaveProperty('security');
    expect(document.components).not.toHaveProperty('securitySchemes');
    for (const [path, { security, responses }] of operations) {
      expect([path, security]).toEqual([path, undefined]);
      expect(responses).not.toHaveProperty('401');
    }
  });

  it('has the routes of chats first, and no Markdown where the page shows plain text', () => {
    const names = (document['tags'] as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(['chat', 'responses', 'embeddings', 'models', 'health', 'metrics']);
    for (const [path, { summary, tags }] of operations) {
      expect([path, names.includes(String(tags))]).toEqual([path, true]);
      expect([path, summary]).toEqual([path, expect.stringMatching(/^[^`*_[\]]+$/)]);
    }
  });

  it('offers the default model, and leaves it out of the bodies to send', () => {
    expect(document.paths['/v1/models/{id}']?.['get']?.parameters).toMatchObject([{ example: 'ollama/gemma3:4b' }]);
    const bodies = operations.map(([, { requestBody }]) => JSON.stringify(requestBody ?? {}));
    expect(bodies.filter((body) => body.includes('"examples"'))).toHaveLength(3);
    for (const body of bodies) expect(body).not.toContain('"model":');
  });

  it('serves the page with what it loads', async () => {
    const page = await (await scene.get('/docs')).text();
    expect(await (await scene.get('/docs/swagger-ui-init.js')).text()).toMatch(/"validatorUrl": null/);
    expect(page).toContain('<title>mana-llm</title>');
    const assets = [...page.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, asset]) => asset ?? '');
    expect(assets.length).toBeGreaterThan(1);
    for (const asset of assets) {
      const response = await scene.get(new URL(asset, 'http://x/docs').pathname);
      await response.text();
      expect([asset, response.status]).toEqual([asset, 200]);
    }
  });
});

describe('the description of a gateway with keys', () => {
  const headers = { authorization: 'Bearer k1' };
  const scene = useScene({ env: { API_KEYS: 'k1', PROTECT: 'metrics,health' } });

  it('asks for a key at the routes that want one, and nowhere else', async () => {
    const { paths, components } = (await (await scene.get('/openapi.json')).json()) as OpenApi;
    expect(components.securitySchemes).toEqual({
      bearer: expect.objectContaining({ type: 'http', scheme: 'bearer' }) as object,
      'x-api-key': expect.objectContaining({ type: 'apiKey', in: 'header', name: 'x-api-key' }) as object,
    });
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { security, responses }] of Object.entries(methods)) {
        const init = { method, headers: { 'content-type': 'application/json' } };
        const refused = await fetch(scene.gateway.url + path, init);
        await refused.text();
        const isOpen = refused.status !== 401;
        expect([path, security]).toEqual([path, isOpen ? undefined : [{ bearer: [] }, { 'x-api-key': [] }]]);
        expect([path, '401' in responses]).toEqual([path, !isOpen]);
      }
    }
    const open = Object.entries(paths).filter(([, { get, post }]) => (get ?? post)?.security === undefined);
    expect(open.map(([path]) => path)).toEqual(['/health/live', '/health/ready']);
    expect((await scene.get('/metrics', headers)).status).toBe(200);
  });
});
