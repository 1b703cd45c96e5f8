import {
  isJsonObject,
  type JsonObject,
  JsonScanner,
  MAX_JSON_DEPTH,
  parseJson,
  stringifyJson,
} from '@mana-llm/openai-api';
import { passThrough } from './answer-fields.js';

/** One piece of a call, as far as it can be read. */
export interface CallPiece {
  index: number | undefined;
  id: string | undefined;
  type: string | undefined;
  name: string | undefined;
  text: string;
  extras: JsonObject;
}

const KNOWN_CALL_FIELDS = new Set(['index', 'id', 'type', 'function']);

function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? stringifyJson(value) : '';
}

const realText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

export function readCallPiece(raw: JsonObject): CallPiece {
  const called = isJsonObject(raw['function']) ? raw['function'] : {};
  return {
    index: typeof raw['index'] === 'number' ? raw['index'] : undefined,
    id: realText(raw['id']),
    type: realText(raw['type']),
    name: realText(called['name']),
    text: argumentsText(called['arguments']),
    extras: passThrough(raw, KNOWN_CALL_FIELDS),
  };
}

/** A tool call that has begun in an answer. */
export class OpenCall {
  id: string | undefined;
  name: string | undefined;
  type = 'function';
  /** The caller has got its first piece. */
  isAnnounced = false;
  /** What came beside the name before the call was announced. */
  readonly extras: JsonObject = {};
  private allText = '';
  private unread = '';
  private hasText = false;
  private isWhole: boolean | undefined;
  private readonly scanner = new JsonScanner({ maxDepth: MAX_JSON_DEPTH, maxValues: Infinity });

  constructor(readonly index: number) {}

  /** All arguments so far. */
  get text(): string {
    return this.allText;
  }

  get isBlank(): boolean {
    return !this.hasText;
  }

  append(text: string): void {
    this.allText += text;
    this.unread += text;
    this.hasText ||= text.trim() !== '';
  }

  /**
   * True once the arguments are a whole JSON object: no further text can belong to them. However often this is called, each
   * character is scanned once and parsed once.
   */
  hasWholeArguments(): boolean {
    this.isWhole ??= this.readWholeness();
    return this.isWhole === true;
  }

  /** Undefined while more may make it whole. */
  private readWholeness(): boolean | undefined {
    try {
      this.scanner.push(this.unread);
      this.unread = '';
      if (!this.hasText || !this.scanner.isBalanced) return undefined;
      return isJsonObject(parseJson(this.text));
    } catch {
      return false;
    }
  }
}
