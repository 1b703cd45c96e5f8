import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, ollamaCompletion } from '@mana-llm/llm-providers/testing';
import { useScene } from './support/scene.js';

const GOOD = 'aliases: { mana/fast: { chain: [{ model: ollama/gemma3:4b, weight: 1 }] } }\ndefault: mana/fast\n';
const BAD = 'aliases: { mana/fast: { chain: [nowhere/x] } }\nproviders: { groq: { apiKey: "sk secret" } }\n';

describe('a configuration file that changes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mana-llm-reload-'));
  const path = join(folder, 'mana-llm.yaml');
  writeFileSync(path, GOOD);
  afterAll(() => rmSync(folder, { recursive: true }));
  const scene = useScene({ isBuilt: true, env: { MANA_LLM_CONFIG: path } });

  const hangUp = (yaml: string): void => {
    writeFileSync(path, yaml);
    scene.gateway.signal('SIGHUP');
  };

  /** A log line comes from another process: it is looked for until it is there. */
  const lineWith = async (text: string): Promise<Record<string, unknown>> => {
    const find = () => scene.gateway.logs().find(({ msg }) => String(msg).includes(text));
    while (!find()) await new Promise(setImmediate);
    return find() ?? {};
  };

  it('to one with mistakes leaves the running service as it is, and says why', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    const aliases = await (await scene.get('/v1/aliases')).json();
    hangUp(BAD);
    const told = await lineWith('2 mistakes');
    expect(told['level']).toBe('warn');
    expect(told['msg']).toMatch(/aliases\.mana\/fast\.chain\[0\]: found "nowhere\/x"/);
    expect(JSON.stringify(scene.gateway.logs())).not.toContain('sk secret');
    expect(await (await scene.get('/v1/aliases')).json()).toEqual(aliases);
    const response = await scene.chat({});
    expect(response.headers.get('x-mana-llm-resolved')).toBe('ollama/gemma3:4b');
    expect((await scene.get('/health/live')).status).toBe(200);
  });

  it('back to a good one is told as well', async () => {
    hangUp(GOOD);
    expect(await lineWith('free of mistakes')).toMatchObject({ level: 'info' });
  });
});
