import { json, ollamaCompletion, ollamaEmbeddings } from '@mana-llm/llm-providers/testing';
import type { JsonObject } from '@mana-llm/openai-api';
import { undocumented } from './support/documented-answers.js';
import { useScene } from './support/scene.js';
import { schemaMistakes } from './support/schema-mistakes.js';

interface MediaType {
  schema?: unknown;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

interface Operation {
  summary?: string;
  requestBody?: { content: Record<string, MediaType> };
  responses: Record<string, { content?: Record<string, MediaType> }>;
}

interface OpenApi {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: JsonObject & Record<string, { required?: string[]; properties?: Record<string, unknown> }> };
}

describe('the OpenAPI description', () => {
  const scene = useScene();

  const readDescription = async (): Promise<OpenApi> => {
    const response = await scene.get('/openapi.json');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    return (await response.json()) as OpenApi;
  };

  it('is OpenAPI 3 and has every route', async () => {
    const { openapi, info, paths } = await readDescription();
    expect(openapi).toMatch(/^3\./);
    expect(info).toMatchObject({
      title: expect.stringContaining('mana-llm') as string,
      version: expect.stringMatching(/./) as string,
    });
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(routes).toEqual(
      expect.arrayContaining([
        'post /v1/chat/completions',
        'post /v1/embeddings',
        'get /v1/models',
        'get /v1/aliases',
        'get /v1/health',
        'get /health',
        'get /health/live',
        'get /health/ready',
      ]),
    );
    expect(routes.some((route) => /^get \/v1\/models\/\{/.test(route))).toBe(true);
  });

  it('refers to nothing that it does not have', async () => {
    const document = await readDescription();
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name ?? '',
    );
    expect(references.length).toBeGreaterThan(0);
    expect(references.filter((name) => !(name in document.components.schemas))).toEqual([]);
  });

  it('describes a chat request from its DTO, and both forms of the answer', async () => {
    const { paths, components } = await readDescription();
    const chat = paths['/v1/chat/completions']?.['post'];
    expect(chat?.requestBody?.content).toHaveProperty(['application/json']);
    expect(components.schemas['ChatCompletionRequest']).toMatchObject({ required: ['messages'] });
    expect(Object.keys(components.schemas['ChatCompletionRequest']?.properties ?? {})).toEqual(
      expect.arrayContaining(['model', 'messages', 'stream', 'temperature', 'tools', 'response_format']),
    );
    const answers = Object.keys(chat?.responses['200']?.content ?? {});
    expect(answers).toEqual(expect.arrayContaining(['application/json', 'text/event-stream']));
  });

  it('has examples that are what their schemas say', async () => {
    const { paths, components } = await readDescription();
    const contents = Object.values(paths)
      .flatMap((methods) => Object.values(methods))
      .flatMap(({ requestBody, responses }) => [requestBody, ...Object.values(responses)])
      .flatMap((body) => Object.values(body?.content ?? {}));
    const examples = contents.flatMap(({ schema, example, examples: named = {} }) =>
      [example, ...Object.values(named).map(({ value }) => value)]
        .filter((value) => value !== undefined)
        .map((value) => ({ value, mistakes: schemaMistakes(value, schema, components.schemas) })),
    );
    expect(examples.length).toBeGreaterThan(5);
    expect(examples.filter(({ mistakes }) => mistakes.length > 0)).toEqual([]);
  });

  it.each<[string, object | undefined, string]>([
    ['/v1/chat/completions', {}, '200'],
    ['/v1/chat/completions', { tools: 'none' }, '400'],
    ['/v1/embeddings', { input: ['a', 'b'] }, '200'],
    ['/v1/embeddings', { input: 'a', encoding_format: 'base64' }, '200'],
    ['/v1/embeddings', { input: 'a', model: 'nowhere/model' }, '404'],
    ['/v1/models', undefined, '200'],
    ['/v1/models/ollama%2Fgemma3:4b', undefined, '200'],
    ['/v1/models/%', undefined, '400'],
    ['/v1/aliases', undefined, '200'],
    ['/v1/health', undefined, '200'],
    ['/health', undefined, '200'],
    ['/health/live', undefined, '200'],
    ['/health/ready', undefined, '200'],
  ])('has the schema of what %s answers to %j with %s', async (path, body, status) => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    scene.upstream.on('POST', '/api/embed', async (exchange) => {
      const input = [(exchange.request.body as { input: string | string[] }).input].flat();
      await json(200, ollamaEmbeddings(...input.map(() => [0.1])))(exchange);
    });
    const messages = path.endsWith('completions') ? { messages: [{ role: 'user', content: 'Hello' }] } : {};
    const response = await (body === undefined ? scene.get(path) : scene.post(path, { ...messages, ...body }));
    expect(String(response.status)).toBe(status);
    const answer: unknown = await response.json();
    const { paths, components } = await readDescription();
    const operations = paths[path.replace(/models\/.+/, 'models/{id}')];
    const { schema } =
      operations?.[body === undefined ? 'get' : 'post']?.responses[status]?.content?.['application/json'] ?? {};
    expect(schema).toBeDefined();
    expect(schemaMistakes(answer, schema, components.schemas)).toEqual([]);
  });

  it('tells of an answer that it does not have', async () => {
    const { paths } = await readDescription();
    const seen = (method: string, path: string, status: number) => ({ method, path, status });
    expect(undocumented([seen('GET', '/v1/models/a/b', 418), seen('GET', '/v1/models/a', 404)], paths)).toEqual([
      'GET /v1/models/a/b 418',
    ]);
    expect(undocumented([seen('POST', '/v1/chat/completions', 409)], paths)).toHaveLength(1);
    expect(undocumented([seen('DELETE', '/v1/models', 405), seen('GET', '/nowhere', 404)], paths)).toEqual([]);
  });

  it('has examples that work when pasted', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    scene.upstream.on('POST', '/api/embed', async (exchange) => {
      const { input } = exchange.request.body as { input: unknown };
      await json(200, ollamaEmbeddings(...(Array.isArray(input) ? input : [input]).map(() => [1])))(exchange);
    });
    const { paths } = await readDescription();
    const pasted: [string, unknown][] = ['/v1/chat/completions', '/v1/embeddings'].flatMap((path) => {
      const content = paths[path]?.['post']?.requestBody?.content['application/json'];
      const values = content?.examples ? Object.values(content.examples).map(({ value }) => value) : [content?.example];
      return values
        .filter((value) => value !== undefined)
        .map((value): [string, unknown] => [path, { ...(value as object), stream: false }]);
    });
    expect(new Set(pasted.map(([path]) => path)).size).toBe(2);
    for (const [path, { stream: _stream, ...body }] of pasted as [string, Record<string, unknown>][]) {
      const response = await scene.post(path, body);
      expect({ path, body, status: response.status }).toEqual({ path, body, status: 200 });
    }
  });

  it('can be read as a page', async () => {
    const response = await scene.get('/docs');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await response.text()).toMatch(/swagger/i);
  });
});
