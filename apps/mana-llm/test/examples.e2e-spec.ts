import { execFile, type ExecFileException } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import {
  closeConnection,
  json,
  ndjsonStream,
  ollamaCompletion,
  ollamaEmbeddings,
  ollamaLine,
  ollamaStream,
  openAiChunk,
  sse,
  sseStream,
} from '@mana-llm/llm-providers/testing';
import { cleanEnvironment } from './support/clean-environment.js';
import { REPOSITORY_ROOT } from './support/ensure-built.js';
import { useScene } from './support/scene.js';

const EXAMPLES = join(REPOSITORY_ROOT, 'examples');
const ANSWER = 'Red, yellow and blue.';

interface Run {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs one example as the README says, against the service at `url`. */
function runExample(file: string, url: string): Promise<Run> {
  // What `npm run example` runs.
  const example = [join('tools', 'run-example.mjs'), file.replace(/\.ts$/, '')];
  const [program, args] = file.endsWith('.sh') ? ['sh', [join('examples', file)]] : [process.execPath, example];
  const env = { ...cleanEnvironment(), MANA_LLM_URL: url };
  delete (env as Record<string, string>)['NODE_OPTIONS'];
  return new Promise((resolve) => {
    const ended = (error: ExecFileException | null, stdout: string, stderr: string): void =>
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    execFile(program, args, { cwd: REPOSITORY_ROOT, env }, ended);
  });
}

const readExample = (file: string): string => readFileSync(join(EXAMPLES, file), 'utf8');

describe('examples', () => {
  const scene = useScene();
  const run = (file: string): Promise<Run> => runExample(file, scene.gateway.url);

  /** Ollama's answers to the examples' chats, in both forms. */
  function ollamaAnswers(): void {
    const whole = json(200, ollamaCompletion({ content: ANSWER }));
    const pieces = ndjsonStream(ollamaStream(['Red, ', 'yellow ', 'and blue.']));
    scene.upstream.on('POST', '/api/chat', (exchange) => {
      const { stream } = exchange.request.body as { stream: boolean };
      return (stream ? pieces : whole)(exchange);
    });
  }

  it('are all run here', () => {
    const tested = ['browser.html', 'chat-fetch.ts', 'chat.curl.sh', 'embeddings.ts', 'openai-sdk.ts'];
    expect(readdirSync(EXAMPLES).sort()).toEqual([
      ...tested,
      'red-square.png',
      'stream-fetch.ts',
      'tools.ts',
      'vision.ts',
    ]);
  });

  it('chat.curl.sh prints an answer and a stream up to its end', async () => {
    ollamaAnswers();
    const { exitCode, stdout } = await run('chat.curl.sh');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`"content":"${ANSWER}"`);
    expect(stdout.trimEnd()).toMatch(/"content":"and blue\."[\s\S]*data: \[DONE\]$/);
  });

  it('chat-fetch.ts prints the answer, the model, the tokens and the request id', async () => {
    ollamaAnswers();
    const { exitCode, stdout } = await run('chat-fetch.ts');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${ANSWER}\nollama/gemma3:4b, 4 tokens, [\\w-]{36}\n$`));
  });

  it('chat-fetch.ts fails with the words of the error', async () => {
    scene.upstream.on('POST', '/api/chat', json(404, { error: "model 'gemma3:4b' not found" }));
    const { exitCode, stderr } = await run('chat-fetch.ts');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/404 model_not_found: .*gemma3:4b/);
  });

  it('stream-fetch.ts prints the pieces and the tokens', async () => {
    ollamaAnswers();
    expect(await run('stream-fetch.ts')).toEqual({ exitCode: 0, stdout: `${ANSWER}\n4 tokens\n`, stderr: '' });
  });

  it('stream-fetch.ts takes an error frame for an error', async () => {
    scene.upstream.on('POST', '/api/chat', ndjsonStream(ollamaLine({ content: 'Red, ' }), closeConnection));
    const { exitCode, stdout, stderr } = await run('stream-fetch.ts');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: 'Red, ' });
    expect(stderr).toMatch(/stream_broken: /);
  });

  it('stream-fetch.ts takes an end without [DONE] for a break', async () => {
    scene.upstream.on('POST', '/v1/chat/completions', sseStream(sse(openAiChunk({ delta: { content: 'Red, ' } }))));
    const { exitCode, stdout, stderr } = await runExample('stream-fetch.ts', scene.upstream.url);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: 'Red, ' });
    expect(stderr).toContain('the stream ended without [DONE]');
  });

  it('openai-sdk.ts prints an answer, a stream and a typed error', async () => {
    ollamaAnswers();
    const stdout = `${ANSWER}\n${ANSWER}\n404 model_not_found\n`;
    expect(await run('openai-sdk.ts')).toEqual({ exitCode: 0, stdout, stderr: '' });
  });

  it('tools.ts makes the call that the model asks for and gives back its result', async () => {
    const call = { function: { name: 'get_temperature', arguments: { city: 'Konstanz' } } };
    const asking = json(200, ollamaCompletion({ content: '', tool_calls: [call] }));
    const answering = json(200, ollamaCompletion({ content: 'It is 21 °C in Konstanz.' }));
    scene.upstream.on('POST', '/api/chat', asking, answering);
    const { stdout } = await run('tools.ts');
    expect(stdout).toBe(
      'get_temperature({"city":"Konstanz"}) -> {"city":"Konstanz","celsius":21}\nIt is 21 °C in Konstanz.\n',
    );
    expect(scene.upstream.requestsTo('/api/chat')[1]?.body).toMatchObject({
      messages: [
        { role: 'user' },
        { role: 'assistant', tool_calls: [call] },
        { role: 'tool', content: '{"city":"Konstanz","celsius":21}' },
      ],
    });
  });

  it('vision.ts sends the image', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion({ content: 'Red.' })));
    expect(await run('vision.ts')).toEqual({ exitCode: 0, stdout: 'Red.\n', stderr: '' });
    const images = [readFileSync(join(EXAMPLES, 'red-square.png')).toString('base64')];
    expect((await scene.upstream.request('/api/chat')).body).toMatchObject({ messages: [{ images }] });
  });

  it('embeddings.ts prints how near texts are', async () => {
    scene.upstream.on('POST', '/api/embed', json(200, ollamaEmbeddings([1, 0], [0.8, 0.6], [0, 1])));
    expect(await run('embeddings.ts')).toMatchObject({
      exitCode: 0,
      stdout: '3 vectors of 2 numbers, 9 tokens\na kitten / a young cat: 0.80\na kitten / a tax return: 0.00\n',
    });
  });

  describe('browser.html', () => {
    /** Loads the page's script with as much of a browser as it uses, and presses its first button. */
    async function ask(url: string): Promise<string> {
      const script = /<script type="module">([\s\S]*)<\/script>/.exec(readExample('browser.html'))?.[1] ?? '';
      const output = { textContent: '' };
      let submit: (event: object) => Promise<void> = () => Promise.reject(new Error('the page listens to no submit'));
      const form = {
        elements: { prompt: { value: 'Which colours?' } },
        addEventListener: (_type: string, listener: typeof submit) => (submit = listener),
      };
      const button = { addEventListener: () => undefined };
      const found: Record<string, object> = { form, pre: output, 'button[type=button]': button };
      runInNewContext(script, {
        document: { querySelector: (selector: string) => found[selector] },
        location: { search: `?url=${encodeURIComponent(url)}` },
        ...{ AbortController, fetch, TextDecoderStream, URLSearchParams },
      });
      await submit({ preventDefault: () => undefined });
      return output.textContent;
    }

    it('shows the stream', async () => {
      ollamaAnswers();
      expect(await ask(scene.gateway.url)).toBe(ANSWER);
    });

    it('shows a failure behind what came before it', async () => {
      scene.upstream.on('POST', '/api/chat', ndjsonStream(ollamaLine({ content: 'Red, ' }), closeConnection));
      expect(await ask(scene.gateway.url)).toMatch(/^Red, \n\[ollama .+\]$/);
    });

    it('shows a stream that just ends as a failure', async () => {
      scene.upstream.on('POST', '/v1/chat/completions', sseStream(sse(openAiChunk({ delta: { content: 'Red, ' } }))));
      expect(await ask(scene.upstream.url)).toBe('Red, \n[the stream ended without [DONE]]');
    });
  });

  it('that are not there are answered with those that are', async () => {
    const names = 'chat-fetch, embeddings, openai-sdk, stream-fetch, tools, vision';
    expect(await run('nothing.ts')).toMatchObject({ exitCode: 1, stderr: `There is no example nothing: ${names}.\n` });
  });

  describe('README.md', () => {
    const readme = readFileSync(join(REPOSITORY_ROOT, 'README.md'), 'utf8');

    it('links each example', () => {
      const examples = readdirSync(join(REPOSITORY_ROOT, 'examples')).filter((name) => !name.endsWith('.png'));
      expect(examples.filter((name) => !readme.includes(`](examples/${name})`))).toEqual([]);
    });

    it('has at most 200 lines', () => {
      expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(200);
    });

    it('prints the line that runs the first one, a script of package.json', () => {
      const { scripts } = JSON.parse(readFileSync(join(REPOSITORY_ROOT, 'package.json'), 'utf8')) as {
        scripts: Record<string, string>;
      };
      expect(readme).toContain('\nnpm run example chat-fetch ');
      expect(scripts['example']).toBe('node tools/run-example.mjs');
    });
  });

  describe('docs', () => {
    const read = (page: string): string => readFileSync(join(REPOSITORY_ROOT, 'docs', page), 'utf8');

    it('name every route', async () => {
      const page = read('api.md');
      const { paths } = (await (await scene.get('/openapi.json')).json()) as { paths: Record<string, object> };
      const missing = Object.entries(paths).flatMap(([path, methods]) =>
        Object.keys(methods)
          .map((method) => `${method.toUpperCase()} ${path}`)
          .filter((route) => !page.includes(`\`${route}\``)),
      );
      expect(missing).toEqual([]);
    });

    it('name every metric', async () => {
      const page = read('metrics.md');
      const metrics = await (await scene.get('/metrics')).text();
      const names = [...metrics.matchAll(/^# TYPE (mana_llm_\w+) /gm)].map(([, name = '']) => name);
      expect(names.length).toBeGreaterThan(10);
      expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    });
  });
});
