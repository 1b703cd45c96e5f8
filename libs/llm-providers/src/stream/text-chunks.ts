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
const PLAIN_FIELDS: ReadonlySet<string> = new Set(['index', 'delta', 'finish_reason']);
/** After these the chunks are not compared any more: they differ in more than their text, in a time or a random field. */
const MAX_FAILURES = 8;

/** A chunk as it came and as it goes out, without the text itself. */
interface Pattern extends Around {
  written: Around;
  alike: Alike;
  /** Several chunks may be read as one: they say nothing but their texts. */
  isPlain: boolean;
}

/** What the chunks of a pattern have in common; `extras` are a provider's own fields. */
interface Alike extends Pick<ChatCompletionChunk, 'id' | 'object' | 'created' | 'model'> {
  choice: ChunkChoice;
  extras: JsonObject | undefined;
}

/** A chunk that holds the parts of its own JSON, or one chunk for several. A copy of it does not, and may be changed. */
class TextChunk implements ChatCompletionChunk {
  readonly #written: Around;
  readonly #texts: readonly string[];
  id: string;
  object: ChatCompletionChunk['object'];
  created: number;
  model: string;
  choices: ChunkChoice[];
  [field: string]: unknown;

  constructor({ alike, written }: Pattern, content: string, texts: readonly string[]) {
    const { id, object, created, model, extras, choice } = alike;
    this.#written = written;
    this.#texts = texts;
    this.id = id;
    this.object = object;
    this.created = created;
    this.model = model;
    this.choices = [{ ...choice, delta: { content } }];
    if (extras !== undefined) setFields(this, extras);
  }

  static write(chunk: ChatCompletionChunk, begin: string, end: string): string | undefined {
    if (!(#texts in chunk)) return undefined;
    const { before, after } = chunk.#written;
    const start = begin + before;
    const close = after.slice(0, -1) + end;
    const texts = chunk.#texts;
    return start + (texts.length === 1 ? texts[0] : texts.join(close + start)) + close;
  }

  static lengthOf(chunk: ChatCompletionChunk): number | undefined {
    if (!(#texts in chunk)) return undefined;
    const { before, after } = chunk.#written;
    return chunk.#texts.reduce((sum, { length }) => sum + length + before.length + after.length, 0);
  }
}

/**
 * The JSON of a chunk, `end` in place of its last brace and `begin` before it. A chunk that stands for several is written as those
 * were. Nothing is made anew for chunks that differ from the one before them in their text alone.
 */
export function writeChunk(chunk: ChatCompletionChunk, begin: string, end: string): string {
  return TextChunk.write(chunk, begin, end) ?? begin + stringifyJson(chunk).slice(0, -1) + end;
}

/** How many characters of JSON a chunk is, where that is known without a look at its fields. */
export const writtenLength = (chunk: ChatCompletionChunk): number | undefined => TextChunk.lengthOf(chunk);

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

/** The text of all; undefined where one of them cannot be read, or is empty. */
function readTexts(texts: readonly string[]): string | undefined {
  const all = texts.join('');
  if (PLAIN.test(all)) return texts.includes('') ? undefined : all;
  const read = texts.map(readText);
  return read.includes(undefined) ? undefined : read.join('');
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
function textOf({ data, type }: ServerEvent, { before, after }: Around): string | undefined {
  const isLonger = data.length > before.length + after.length;
  if (type !== undefined || !isLonger || !data.startsWith(before) || !data.endsWith(after)) return undefined;
  return data.slice(before.length, data.length - after.length);
}

function toPattern(data: string, chunk: ChatCompletionChunk, content: string): Pattern | undefined {
  const read = around(data, content);
  const made = around(stringifyJson(chunk), content);
  const alike = toAlike(chunk);
  if (read === undefined || made === undefined || alike === undefined) return undefined;
  const isPlain = alike.extras === undefined && Object.keys(alike.choice).every((field) => PLAIN_FIELDS.has(field));
  return { ...read, written: made, alike, isPlain };
}

const isSame = (one: Pattern, other: Pattern): boolean =>
  one.before === other.before &&
  one.after === other.after &&
  one.written.before === other.written.before &&
  one.written.after === other.written.after;

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

  /** The chunk for an event that differs from those before it in its text alone; for an event that stands for several, one chunk. */
  read(event: ServerEvent): ChatCompletionChunk | undefined {
    const { pattern } = this;
    if (!this.isProven || pattern === undefined) return undefined;
    if (event.alike !== undefined) return this.readAll(event.alike.texts, pattern);
    const escaped = textOf(event, pattern);
    const content = escaped === undefined ? undefined : readText(escaped);
    return content === undefined ? undefined : new TextChunk(pattern, content, [escaped as string]);
  }

  private readAll(texts: readonly string[], pattern: Pattern): ChatCompletionChunk | undefined {
    if (!pattern.isPlain && texts.length > 1) return undefined;
    const content = readTexts(texts);
    return content === undefined ? undefined : new TextChunk(pattern, content, texts);
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
