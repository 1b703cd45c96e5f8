import {
  type ChatCompletionChunk,
  type ChunkChoice,
  type JsonObject,
  parseJson,
  setFields,
  stringifyJson,
} from '@mana-llm/openai-api';
import { type Around, copyText, type ServerEvent } from '@mana-llm/event-streams';

/** The text of a chunk, with what begins it; providers in Python write a blank after the colon. */
const CONTENT = /("content": ?")((?:[^"\\]|\\.)*)"/g;
/** Between its quotes, JSON of a text that needs no unescaping. */
const PLAIN = /^[^"\\\u0000-\u001f]+$/;
/** After these the chunks are not compared any more: they differ in more than their text, in a time or a random field. */
const MAX_FAILURES = 8;

/** A chunk as it came and as it goes out, without the text itself. */
interface Pattern extends Around {
  writtenBefore: string;
  writtenAfter: string;
  alike: Alike;
}

/** What the chunks of a pattern have in common; `extras` are a provider's own fields. */
interface Alike extends Pick<ChatCompletionChunk, 'id' | 'object' | 'created' | 'model'> {
  choice: ChunkChoice;
  extras: JsonObject | undefined;
}

/** A chunk that holds its own JSON. A copy of it does not, and may be changed. */
class TextChunk implements ChatCompletionChunk {
  readonly #json: string;
  id: string;
  object: ChatCompletionChunk['object'];
  created: number;
  model: string;
  choices: ChunkChoice[];
  [field: string]: unknown;

  constructor({ id, object, created, model, extras }: Alike, choices: ChunkChoice[], json: string) {
    this.#json = json;
    this.id = id;
    this.object = object;
    this.created = created;
    this.model = model;
    this.choices = choices;
    if (extras !== undefined) setFields(this, extras);
  }

  static jsonOf(chunk: ChatCompletionChunk): string | undefined {
    return #json in chunk ? chunk.#json : undefined;
  }
}

/** The JSON of a chunk. Nothing is written anew for a chunk that differs from the one before it in its text alone. */
export function chunkJson(chunk: ChatCompletionChunk): string {
  return TextChunk.jsonOf(chunk) ?? stringifyJson(chunk);
}

/** The text that JSON has between these quotes; undefined for what is no such text, or an empty one. */
function readText(escaped: string): string | undefined {
  if (PLAIN.test(escaped)) return escaped;
  try {
    const text = parseJson(`"${escaped}"`);
    return typeof text === 'string' && text !== '' ? text : undefined;
  } catch {
    return undefined;
  }
}

/** What stands around the one text in a chunk's JSON; undefined where that is not sure. */
function around(json: string, content: string): { before: string; after: string } | undefined {
  const [found, another] = json.matchAll(CONTENT);
  if (found === undefined || another !== undefined) return undefined;
  const [, begin = '', escaped = ''] = found;
  const start = found.index + begin.length;
  if (readText(escaped) !== content) return undefined;
  // Copies: parts of a longer text are compared half as fast, and keep all of it in memory.
  return { before: copyText(json.slice(0, start)), after: copyText(json.slice(start + escaped.length)) };
}

/** The text of a chunk that holds nothing else: one choice, no role, no end. */
function onlyText({ choices, usage }: ChatCompletionChunk): string | undefined {
  const [choice] = choices;
  if (choices.length !== 1 || choice === undefined || usage !== undefined || choice.finish_reason !== null) return;
  const [name, another] = Object.keys(choice.delta);
  return name === 'content' && another === undefined ? (choice.delta.content ?? undefined) : undefined;
}

function toAlike({ id, object, created, model, choices, ...others }: ChatCompletionChunk): Alike | undefined {
  const [choice] = choices;
  const extras = Object.keys(others).length === 0 ? undefined : others;
  return choice && { id, object, created, model, choice, extras };
}

/** What an event says between the two parts; undefined where it has others. */
function textOf({ data, type, around, between }: ServerEvent, pattern: Around): string | undefined {
  if (around === pattern) return between;
  const { before, after } = pattern;
  const isLonger = data.length > before.length + after.length;
  if (type !== undefined || !isLonger || !data.startsWith(before) || !data.endsWith(after)) return undefined;
  return data.slice(before.length, data.length - after.length);
}

function toPattern(data: string, chunk: ChatCompletionChunk, content: string): Pattern | undefined {
  const read = around(data, content);
  const made = around(stringifyJson(chunk), content);
  const alike = toAlike(chunk);
  return read && made && alike && { ...read, writtenBefore: made.before, writtenAfter: made.after, alike };
}

const isSame = (one: Pattern, other: Pattern): boolean =>
  one.before === other.before &&
  one.after === other.after &&
  one.writtenBefore === other.writtenBefore &&
  one.writtenAfter === other.writtenAfter;

/**
 * Most chunks of a stream repeat the one before them with another text. Once two in a row have shown that nothing else changes, on
 * the way in as on the way out, the next such one is neither parsed nor written anew. Any other chunk ends that.
 */
export class TextChunks {
  private pattern: Pattern | undefined;
  private isProven = false;
  private failures = 0;

  /** What stands around the text of the chunks that are likely to come. */
  get expected(): Around | undefined {
    return this.isProven ? this.pattern : undefined;
  }

  /** The chunk for an event that differs from those before it in its text alone. */
  read(event: ServerEvent): ChatCompletionChunk | undefined {
    if (!this.isProven || this.pattern === undefined) return undefined;
    const { writtenBefore, writtenAfter, alike } = this.pattern;
    const escaped = textOf(event, this.pattern);
    const content = escaped === undefined ? undefined : readText(escaped);
    if (content === undefined) return undefined;
    return new TextChunk(alike, [{ ...alike.choice, delta: { content } }], writtenBefore + escaped + writtenAfter);
  }

  /** Learns from an event that was read in the general way, and the chunks that it gave. */
  learn({ data, type, isWhole }: ServerEvent, chunks: readonly ChatCompletionChunk[]): void {
    const last = this.pattern;
    const [chunk] = chunks;
    const content = chunk !== undefined && chunks.length === 1 ? onlyText(chunk) : undefined;
    this.pattern = undefined;
    this.isProven = false;
    if (this.failures >= MAX_FAILURES || chunk === undefined || content === undefined) return;
    if (type !== undefined || isWhole) return;
    this.pattern = toPattern(data, chunk, content);
    this.isProven = this.pattern !== undefined && last !== undefined && isSame(this.pattern, last);
    if (this.isProven) this.failures = 0;
    else if (this.pattern === undefined || last !== undefined) this.failures += 1;
  }
}
