// What OpenAI's clients rely on in responses (https://platform.openai.com/docs/api-reference/responses/object).
import { checkTokens, type Fields, isCount, isFields, isText, listOf, must } from './openai-shapes.js';

const STATUSES = new Set<unknown>(['completed', 'incomplete', 'failed']);
const ITEM_STATUSES = new Set<unknown>(['in_progress', 'completed', 'incomplete']);

const isString = (value: unknown): value is string => typeof value === 'string';

function checkPart(part: Fields): void {
  switch (part['type']) {
    case 'output_text':
      must(isString(part['text']) && Array.isArray(part['annotations']), 'output_text has its text and annotations');
      must(Array.isArray(part['logprobs']), 'output_text has a list of logprobs');
      return checkTokens(part['logprobs'], 'logprobs');
    case 'refusal':
      return must(isString(part['refusal']), 'a refusal has its text');
    case 'reasoning_text':
    case 'summary_text':
      return must(isString(part['text']), 'a thought has its text');
    default:
      must(false, `a part of the type ${String(part['type'])} is known`);
  }
}

function checkItem(item: Fields): void {
  must(isText(item['id']) && ITEM_STATUSES.has(item['status']), 'an item has its id and its status');
  switch (item['type']) {
    case 'message':
      must(item['role'] === 'assistant', 'a message is the assistant’s');
      return listOf(item['content'], 'content').forEach(checkPart);
    case 'reasoning':
      listOf(item['summary'], 'summary').forEach(checkPart);
      return listOf(item['content'] ?? [], 'content').forEach(checkPart);
    case 'function_call':
    case 'custom_tool_call': {
      must(isText(item['call_id']) && isText(item['name']), 'a call has its id and its name');
      const said = item['type'] === 'function_call' ? item['arguments'] : item['input'];
      return must(isString(said), 'a call has its text');
    }
    default:
      must(false, `an item of the type ${String(item['type'])} is known`);
  }
}

function checkUsage(usage: unknown): void {
  if (usage === null) return;
  must(isFields(usage), 'usage is an object, or null');
  const counts = ['input_tokens', 'output_tokens', 'total_tokens'];
  must(
    counts.every((name) => isCount(usage[name])),
    'usage has its counts',
  );
  const { input_tokens_details: input, output_tokens_details: output } = usage;
  must(isFields(input) && isCount(input['cached_tokens']), 'input_tokens_details has its count');
  must(isFields(output) && isCount(output['reasoning_tokens']), 'output_tokens_details has its count');
}

/** What a response is from its first event on. */
function checkFrame(response: Fields): void {
  must(/^resp_[0-9a-f]{32}$/.test(String(response['id'])), 'a response has an id of ours');
  must(response['object'] === 'response' && isString(response['model']), 'a response says what it is, and its model');
  must(Number.isSafeInteger(response['created_at']), 'created_at is a whole number');
  must(Array.isArray(response['tools']) && isFields(response['metadata']), 'tools is a list, metadata an object');
  must(typeof response['parallel_tool_calls'] === 'boolean', 'parallel_tool_calls is true or false');
  must(isFields(response['text']) && isFields(response['reasoning']), 'text and reasoning are objects');
}

/** A response that has ended. */
export function checkResponse(response: Fields): void {
  checkFrame(response);
  const { status, error, incomplete_details: details } = response;
  must(STATUSES.has(status), 'a response has ended');
  must((status === 'failed') === (error !== null), 'a response has an error where it has failed');
  must(
    error === null || (isFields(error) && isText(error['code']) && isText(error['message'])),
    'an error has its code',
  );
  must((status === 'incomplete') === (details !== null), 'a response says why it is incomplete');
  const output = listOf(response['output'], 'output');
  output.forEach(checkItem);
  must(new Set(output.map(({ id }) => id)).size === output.length, 'each item has an id of its own');
  checkUsage(response['usage']);
}

/** A whole answer of `/v1/responses` and the paths below it. */
export function checkResponseAnswer(answer: Fields): void {
  if (answer['object'] === 'list') {
    const items = listOf(answer['data'], 'data');
    must(items.every(({ id }) => isString(id)) && typeof answer['has_more'] === 'boolean', 'a page has items with ids');
    return;
  }
  if (answer['deleted'] === true) return must(isText(answer['id']), 'a deleted response has its id');
  checkResponse(answer);
  must(answer['status'] !== 'failed', 'a whole response has not failed');
}
