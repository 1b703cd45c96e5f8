import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfigFile } from './config-file.js';
import { readConfigText } from './config-text.js';

const directory = mkdtempSync(join(tmpdir(), 'mana-llm-config-'));
const path = join(directory, 'f.yaml');

afterAll(() => rmSync(directory, { recursive: true }));

function read(yaml: string, env: NodeJS.ProcessEnv = {}) {
  writeFileSync(path, yaml);
  return readConfigFile(env, readConfigText(path));
}

describe(readConfigFile.name, () => {
  it.each([
    'providers: { groq: { apiKey: "sk-secret with blanks" } }',
    'providers: { groq: { apiKey: [sk-secret] } }',
    'providers: { groq: { headers: { x-key: "sk-secret\\nx" } } }',
    'providers: { groq: { headers: sk-secret } }',
    'providers: { groq: { query: { key: { a: sk-secret } } } }',
    'providers: { groq: { key: sk-secret } }',
    'providers: { groq: sk-secret }',
    'providers: sk-secret',
    'providers: { groq: { baseUrl: "http://user:sk-secret@host/v1" } }',
    'providers: { groq: { baseUrl: "http://host/v1?key=sk-secret" } }',
    'providers: { groq: { baseUrl: "${SECRET}" } }',
    'providers: { ollama: { baseUrl: ["http://user:sk-secret@host"] } }',
    'providers: { groq: { apiKey: "${SECRET} ${SECRET}" } }',
    'timeouts: "${SECRET}"',
    'timeouts: { idleMs: "${SECRET}" }',
    'default: "${SECRET}/x"',
    'aliases: { a: { chain: ["${SECRET}/x"] } }',
    'aliases: { a: { chain: [{ model: "${SECRET}/x", weight: "${SECRET}" }] } }',
    'providers: { groq: { apiKey: *sk-secret } }',
    'providers: { groq: { apiKey: ]sk-secret } }',
    'sk-secret',
  ])('shows no secret of %s', (yaml) => {
    const { mistakes } = read(yaml, { SECRET: 'sk-secret' });
    expect(mistakes).not.toEqual([]);
    expect(JSON.stringify(mistakes)).not.toContain('sk-secret');
  });
});
