import { json, ollamaCompletion, ollamaEmbeddings } from '@mana-llm/llm-providers/testing';
import { useScene } from './support/scene.js';

interface Operation {
  summary?: string;
  requestBody?: {
    content: Record<string, { schema?: object; example?: unknown; examples?: Record<string, { value: unknown }> }>;
  };
  responses: Record<string, { content?: Record<string, unknown> }>;
}

interface OpenApi {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { required?: string[]; properties?: Record<string, unknown> }> };
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
