import { json, ollamaCompletion, openAiCompletion } from '@mana-llm/llm-providers/testing';
import { useScene } from './support/scene.js';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const question = (url: string): object[] => [
  {
    role: 'user',
    content: [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url, detail: 'low' } },
    ],
  },
];

describe('an image in a message', () => {
  const scene = useScene();

  it('reaches an OpenAI-compatible provider as it was sent', async () => {
    scene.upstream.on('POST', '/v1/chat/completions', json(200, openAiCompletion()));
    const messages = question(`data:image/png;base64,${PIXEL}`);
    expect((await scene.chat({ model: 'openai/m', messages })).status).toBe(200);
    expect((await scene.upstream.request('/v1/chat/completions')).body).toMatchObject({ messages });
  });

  it('reaches Ollama as base64 beside the text', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion({ content: 'A pixel.' })));
    const response = await scene.chat({ model: 'ollama/m', messages: question(`data:image/png;base64,${PIXEL}`) });
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'A pixel.' } }] });
    expect((await scene.upstream.request('/api/chat')).body).toMatchObject({
      messages: [{ role: 'user', content: 'What is this?', images: [PIXEL] }],
    });
  });

  it('may be larger than a few hundred kilobytes', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    const large = Buffer.concat([Buffer.from('\xff\xd8\xff\xe0', 'latin1'), Buffer.alloc(3 * 1024 * 1024, 7)]).toString(
      'base64',
    );
    const response = await scene.chat({ model: 'ollama/m', messages: question(`data:image/jpeg;base64,${large}`) });
    expect(response.status).toBe(200);
  });

  it.each([
    ['a loopback address', 'http://127.0.0.1:9/x.png'],
    ['a private address', 'http://10.0.0.1/x.png'],
    ['the cloud’s metadata address', 'http://169.254.169.254/latest/meta-data'],
    ['an IPv6 loopback address', 'http://[::1]/x.png'],
    ['localhost by name', 'http://localhost/x.png'],
    ['a private address in hexadecimal', 'http://0x0a000001/x.png'],
    ['an address with a password', 'http://user:secret@example.org/x.png'],
    ['another port', 'http://example.org:6379/x.png'],
    ['a file', 'file:///etc/passwd'],
  ])('is not fetched for Ollama from %s', async (_where, url) => {
    const response = await scene.chat({ model: 'ollama/m', messages: question(url) });
    const error = await expectRefusal(response);
    expect(error.param).toMatch(/^messages\[0\]\.content\[1\]/);
  });

  it.each([
    ['a page', Buffer.from('<html>').toString('base64')],
    ['no base64', 'iVBORw0KGgo!'],
  ])('is refused where the data URL holds %s', async (_what, data) => {
    const response = await scene.chat({ model: 'ollama/m', messages: question(`data:image/png;base64,${data}`) });
    const error = await expectRefusal(response);
    expect(error.param).toBe('messages[0].content[1].image_url.url');
  });

  it('is refused as audio where Ollama is asked to listen', async () => {
    const content = [{ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }];
    const response = await scene.chat({ model: 'ollama/m', messages: [{ role: 'user', content }] });
    const error = await expectRefusal(response);
    expect(error.param).toMatch(/^messages\[0\]\.content\[0\]/);
  });
});

describe('IMAGE_FETCH=off', () => {
  const scene = useScene({ env: { IMAGE_FETCH: 'off' } });

  it('refuses images at addresses and says why', async () => {
    const response = await scene.chat({ model: 'ollama/m', messages: question('https://example.org/x.png') });
    const error = await expectRefusal(response);
    expect(error.param).toBe('messages[0].content[1].image_url.url');
    expect(error.message).toContain('IMAGE_FETCH=off');
  });
});

// The message of a refused image may name the address that the caller sent.
async function expectRefusal(response: Response): Promise<{ param: string | null; message: string }> {
  const body = (await response.clone().json()) as { error: { param: string | null; type: string; message: string } };
  expect(response.status).toBe(400);
  expect(body.error.type).toBe('invalid_request_error');
  return body.error;
}
