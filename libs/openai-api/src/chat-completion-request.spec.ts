import type { ChatCompletionRequest, ChatTool, ResponseFormat } from './chat-completion-request.js';
import type { ChatMessage, ContentPart } from './chat-message.js';
import type { EmbeddingRequest } from './embeddings.js';
import type { JsonObject } from './json-object.js';

const messages: ChatMessage[] = [{ role: 'user', content: 'Hello' }];

/** The compiler is the test: an `@ts-expect-error` above a line without an error is an error itself. */
const typos = (): unknown[] => {
  // @ts-expect-error -- it is `temperature`
  const chat: ChatCompletionRequest = { messages, temprature: 1 };
  // @ts-expect-error -- it is `content`
  const message: ChatMessage = { role: 'user', contents: 'Hello' };
  // @ts-expect-error -- it is `image_url`
  const part: ContentPart = { type: 'image_url', image: { url: 'https://example.com/a.png' } };
  // @ts-expect-error -- it is `parameters`
  const tool: ChatTool = { type: 'function', function: { name: 'a', params: {} } };
  // @ts-expect-error -- it is `json_schema`
  const format: ResponseFormat = { type: 'json_schema', jsonSchema: {} };
  // @ts-expect-error -- it is `input`
  const embedding: EmbeddingRequest = { inputs: 'a' };
  // @ts-expect-error -- it is `encoding_format`
  const packed: EmbeddingRequest = { input: 'a', encodingFormat: 'base64' };
  return [chat, message, part, tool, format, embedding, packed];
};

describe('the types of requests', () => {
  it('refuse a field whose name is misspelt', () => {
    expect(typos()).toHaveLength(7);
  });

  it('know the fields that the gateway adds to those of OpenAI', () => {
    const request: ChatCompletionRequest = { messages, models: ['ollama/a'], keep_alive: '5m', think: true, top_k: 40 };
    const embedding: EmbeddingRequest = { input: 'a', models: ['ollama/a'], keep_alive: '5m' };
    expect({ ...request, ...embedding }).toMatchObject({ models: ['ollama/a'] });
  });

  it('stand where any JSON object is asked for', () => {
    const request: ChatCompletionRequest = { messages };
    const object: JsonObject = request;
    expect(object['messages']).toBe(messages);
  });
});
