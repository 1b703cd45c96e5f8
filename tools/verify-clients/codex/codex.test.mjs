import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { API_KEY, BASE_URL, checksOf, script } from '../node/scripted.mjs';

const check = checksOf('Codex');
const CODEX = join(import.meta.dirname, 'node_modules', '@openai', 'codex', 'bin', 'codex.js');
const CONFIG = `model_provider = "mana-llm"
[model_providers.mana-llm]
name = "mana-llm"
base_url = "${BASE_URL}"
env_key = "MANA_LLM_API_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
`;

/** A task in an empty folder, without a terminal: its events, and what lies there after it. */
async function runTask(model, task, apiKey = API_KEY) {
  const folder = mkdtempSync(join(tmpdir(), 'verify-codex-'));
  const [home, work] = ['home', 'work'].map((name) => join(folder, name));
  for (const path of [home, work]) mkdirSync(path);
  writeFileSync(join(home, 'config.toml'), CONFIG);
  // Its own sandbox needs rights that a container may lack. What runs here is what the scripted model says.
  const options = ['--json', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox'];
  const command = [CODEX, 'exec', ...options, '--cd', work, '--model', model, task];
  const env = { PATH: process.env.PATH, HOME: home, CODEX_HOME: home, MANA_LLM_API_KEY: apiKey };
  const running = promisify(execFile)(process.execPath, command, { env });
  running.child.stdin.end();
  const { stdout } = await running.catch((error) => error);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const items = events.filter(({ type }) => type === 'item.completed').map(({ item }) => item);
  return { events, items, read: (name) => readFileSync(join(work, name), 'utf8') };
}

/** The task is done when the last message says what the command has read. */
function expectDone({ events, items, read }) {
  assert.equal(read('greeting.txt'), 'hello\n');
  assert.match(items.at(-1).text, /^I have read: .*hello/s);
  assert.equal(events.at(-1).type, 'turn.completed');
}

const toolsOf = ({ body }) => body.tools.map((tool) => tool.function.name);
const calledBy = ({ body }) =>
  body.messages.flatMap(({ tool_calls: calls = [] }) => calls).map((call) => call.function);
const TASK = 'Write a greeting into greeting.txt, and read it.';

check('a task with two commands', async () => {
  const { model, requests } = script('shell');
  expectDone(await runTask(model, TASK));
  const [first, , third] = await requests();
  // A function, and one of a namespace.
  for (const name of ['exec_command', 'multi_agent_v1__spawn_agent']) assert(toolsOf(first).includes(name), name);
  assert.deepEqual(
    calledBy(third).map(({ name }) => name),
    ['exec_command', 'exec_command'],
  );
});

check('a task with a patch and a command', async () => {
  const { model, requests } = script('gpt-5.5');
  const task = await runTask(model, TASK);
  expectDone(task);
  assert.equal(task.items[0].type, 'file_change');
  const [first, , third] = await requests();
  const { description } = first.body.tools.find((tool) => tool.function.name === 'apply_patch').function;
  assert.match(description, /lark grammar:\nstart: begin_patch/);
  assert.match(JSON.parse(calledBy(third)[0].arguments).input, /^\*\*\* Begin Patch\n/);
});

check('a task with tools that come as an item of the input', async () => {
  const { model, requests } = script('gpt-6.2-sol');
  expectDone(await runTask(model, TASK));
  const [first] = await requests();
  assert(toolsOf(first).includes('functions__exec'));
});

check('an error before the stream, and in it', async () => {
  for (const [model, message, apiKey] of [
    [script('text').model, /401 Unauthorized/, 'wrong'],
    ['nowhere/x', /The model `nowhere\/x` does not exist/],
    [script('too-long').model, /ran out of room in the model's context window/],
    [script('broke').model, /Quota exceeded/],
    [script('ends').model, /without its end marker/],
  ]) {
    const { events } = await runTask(model, TASK, apiKey);
    assert.equal(events.at(-1).type, 'turn.failed');
    assert.match(events.at(-1).error.message, message);
  }
});
