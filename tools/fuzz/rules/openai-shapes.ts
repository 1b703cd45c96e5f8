/**
 * What OpenAI's clients rely on in answers (https://platform.openai.com/docs/api-reference/chat/object): clients of typed
 * languages lose a whole answer at one field of another type.
 */
export type Fields = Record<string, unknown>;

/** What an answer did wrong. `contract`: it is none that OpenAI's clients can read. */
export const FAULT_KINDS = ['crash', 'hang', 'server error', 'envelope', 'contract'] as const;

export class Fault extends Error {
  constructor(
    readonly kind: (typeof FAULT_KINDS)[number],
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export function must(isSo: boolean, rule: string, kind: Fault['kind'] = 'contract'): asserts isSo {
  if (!isSo) throw new Fault(kind, `not so: ${rule}`);
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

export const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isMissing = (value: unknown): value is undefined | null => value === undefined || value === null;
const isTextIfAny = (value: unknown): boolean => isMissing(value) || typeof value === 'string';

export function listOf(value: unknown, what: string): Fields[] {
  must(Array.isArray(value) && value.every(isFields), `${what} is a list of objects`);
  return value;
}

function checkUsage(usage: unknown): void {
  if (isMissing(usage)) return;
  must(isFields(usage), 'usage is an object');
  must(isCount(usage['prompt_tokens']), 'usage.prompt_tokens is a count');
  for (const field of ['completion_tokens', 'total_tokens']) {
    must(usage[field] === undefined || isCount(usage[field]), `usage.${field} is a count`);
  }
}

export function checkTokens(value: unknown, what: string): void {
  if (isMissing(value)) return;
  for (const { token, logprob, bytes, top_logprobs: top } of listOf(value, what)) {
    must(isTextIfAny(token), `${what} holds tokens`);
    must(isMissing(logprob) || Number.isFinite(logprob), `${what} holds probabilities`);
    must(isMissing(bytes) || (Array.isArray(bytes) && bytes.every(isCount)), `${what} holds bytes`);
    checkTokens(top, `${what}.top_logprobs`);
  }
}

function checkLogprobs(logprobs: unknown): void {
  if (isMissing(logprobs)) return;
  must(isFields(logprobs), 'logprobs is an object');
  checkTokens(logprobs['content'], 'logprobs.content');
  checkTokens(logprobs['refusal'], 'logprobs.refusal');
}

/** Of a message, or of a delta: there a call may be a later piece of one. */
function checkSaid(said: unknown, isPiece: boolean): void {
  must(isFields(said), 'a choice holds a message, or a delta');
  for (const field of ['content', 'refusal', 'reasoning_content', 'reasoning']) {
    must(isTextIfAny(said[field]), `${field} is a text`);
  }
  const calls = isMissing(said['tool_calls']) ? [] : listOf(said['tool_calls'], 'tool_calls');
  for (const { index, id, type, function: called } of calls) {
    if (isPiece) must(isCount(index), 'a piece of a call has an index');
    const isWhole = !isPiece || id !== undefined;
    must(!isWhole || (isText(id) && isText(type)), 'a call has an id and a type');
    if (type !== 'function' && called === undefined) continue;
    must(isFields(called), 'a call of type function names one');
    must(!isWhole || isText(called['name']), 'a call names its function');
    must(isTextIfAny(called['arguments']) && (isPiece || !isMissing(called['arguments'])), 'arguments are a text');
  }
}

function checkIdentity({ id, created, model }: Fields): void {
  must(isText(id) && isText(model), 'id and model are texts');
  must(Number.isSafeInteger(created), 'created is a whole number');
}

function checkChoice(choice: Fields, said: 'message' | 'delta'): void {
  must(isCount(choice['index']), 'index is a whole number');
  checkSaid(choice[said], said === 'delta');
  checkLogprobs(choice['logprobs']);
}

/** The chunks of one stream; `isWhole`: its end marker came after them. */
export function checkChunks(chunks: readonly Fields[], isWhole: boolean): void {
  const identities = new Set(chunks.map(({ id, created, model }) => JSON.stringify([id, created, model])));
  must(identities.size <= 1, 'a stream has one id, created and model');
  const begun = new Set<unknown>();
  const finished = new Set<unknown>();
  for (const chunk of chunks) {
    checkIdentity(chunk);
    must(chunk['object'] === 'chat.completion.chunk', 'a chunk says that it is one');
    checkUsage(chunk['usage']);
    for (const choice of listOf(chunk['choices'], 'choices')) {
      checkChoice(choice, 'delta');
      const { index, finish_reason: reason, delta } = choice;
      const { role } = delta as Fields;
      must((role === 'assistant') === !begun.has(index), 'the role stands in the first delta of a choice alone');
      must(!finished.has(index), 'a choice says nothing after its end');
      must(reason === null || isText(reason), 'finish_reason is null, or a text');
      begun.add(index);
      if (reason !== null) finished.add(index);
    }
  }
  must(finished.size === (isWhole ? begun.size : 0), 'a whole stream has the end of each choice, a broken one none');
  must(!isWhole || begun.size > 0, 'a whole stream has a choice');
}

function checkEmbeddings(data: Fields[]): void {
  data.forEach(({ index, embedding }, position) => {
    must(index === position, 'embeddings stand in order');
    const isList = Array.isArray(embedding) && embedding.every(Number.isFinite);
    must((isList && embedding.length > 0) || isText(embedding), 'an embedding is a list of numbers, or base64');
  });
}

function checkModel({ id, object, created, owned_by: owner }: Fields): void {
  must(isText(id) && object === 'model' && isText(owner), 'a model has its id and its owner');
  must(Number.isSafeInteger(created), 'created is a whole number');
}

/** A whole answer: a completion, a list of embeddings or of models, a model. */
export function checkWholeAnswer(answer: Fields): void {
  if (answer['object'] === 'model') return checkModel(answer);
  if (answer['object'] === 'list') {
    const data = listOf(answer['data'], 'data');
    if (data.some(({ object }) => object === 'model')) return data.forEach(checkModel);
    checkUsage(answer['usage']);
    return checkEmbeddings(data);
  }
  checkUsage(answer['usage']);
  must(answer['object'] === 'chat.completion', 'the answer is of a kind that OpenAI has');
  checkIdentity(answer);
  const choices = listOf(answer['choices'], 'choices');
  must(choices.length > 0, 'a completion has a choice');
  must(new Set(choices.map(({ index }) => index)).size === choices.length, 'each choice has an index of its own');
  for (const choice of choices) {
    checkChoice(choice, 'message');
    must(isText(choice['finish_reason']), 'a choice has its finish reason');
  }
}
