import { randomUUID } from 'node:crypto';
import {
  isJsonObject,
  type JsonObject,
  parseJson,
  setFields,
  stringifyJson,
  type ToolCallDelta,
} from '@mana-llm/openai-api';
import { passThrough } from './pass-through.js';

/** One piece of a call, as far as it can be read. */
interface Piece {
  index: number | undefined;
  id: string | undefined;
  type: string | undefined;
  name: string | undefined;
  text: string;
  extras: JsonObject;
}

interface OpenCall {
  readonly index: number;
  readonly upstreamIndex: number | undefined;
  id: string | undefined;
  name: string | undefined;
  type: string;
  /** All arguments so far. */
  text: string;
  /** The caller has been told of it. */
  isAnnounced: boolean;
  /** What came beside the name before the call was announced. */
  extras: JsonObject;
}

const KNOWN_CALL_FIELDS = new Set(['index', 'id', 'type', 'function']);

function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? stringifyJson(value) : '';
}

const realText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function readPiece(raw: JsonObject): Piece {
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

/** True once the arguments are a whole JSON object: what still comes cannot belong to them. */
function hasWholeArguments({ text }: OpenCall): boolean {
  if (!text.trimEnd().endsWith('}')) return false;
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Gives the tool calls of one choice stable indices, unique ids and whole names, however the provider sends them.
 * docs/tool-calls.md has the rules, and the servers that each of them was seen at. A call is announced as soon as its name is
 * whole.
 */
export class ToolCallAssembler {
  private readonly calls: OpenCall[] = [];
  private readonly ids = new Set<string>();

  /** `toolNames`: the functions that the request declares. They tell the beginning of a name from a whole one. */
  constructor(private readonly toolNames: ReadonlySet<string> = new Set()) {}

  get count(): number {
    return this.calls.length;
  }

  /** True when every call that began has a name by now. */
  get isComplete(): boolean {
    return this.calls.every(({ name, type }) => name !== undefined || type !== 'function');
  }

  read(pieces: unknown): ToolCallDelta[] {
    if (!Array.isArray(pieces)) return [];
    return pieces.filter(isJsonObject).flatMap((piece) => this.add(readPiece(piece)));
  }

  /** What is left to say at the end of the answer: calls without arguments, which have `{}`. */
  end(): ToolCallDelta[] {
    return this.calls.flatMap((call) => {
      if (call.text.trim() !== '' || call.type !== 'function' || call.name === undefined) return [];
      call.text = '{}';
      return [call.isAnnounced ? { index: call.index, function: { arguments: '{}' } } : this.announce(call)];
    });
  }

  private add(piece: Piece): ToolCallDelta[] {
    const found = this.find(piece);
    if (found === undefined || this.isAnother(found, piece)) {
      const told = this.calls.filter(({ isAnnounced, name }) => !isAnnounced && name !== undefined);
      return [...told.map((call) => this.announce(call)), ...this.extend(this.begin(piece), piece)];
    }
    return this.extend(found, piece);
  }

  private find({ index, id }: Piece): OpenCall | undefined {
    if (index !== undefined) return this.calls.findLast(({ upstreamIndex }) => upstreamIndex === index);
    if (id !== undefined) return this.calls.findLast((call) => call.id === id);
    return this.calls.at(-1);
  }

  /** Whether a piece that could belong to the call begins another one. Only a piece with a name can. */
  private isAnother(call: OpenCall, { id, name, text }: Piece): boolean {
    if (name === undefined || call.name === undefined) return false;
    if (id !== undefined && call.id !== undefined && id !== call.id) return true;
    if (name === call.name) return text !== '' && hasWholeArguments(call);
    return call.isAnnounced || !this.mayBegin(call.name + name);
  }

  /** Whether a declared function is called so, or begins so. */
  private mayBegin(start: string): boolean {
    for (const name of this.toolNames) if (name.startsWith(start)) return true;
    return false;
  }

  /** A name that another declared function begins with may be that one's, up to the first arguments. */
  private mayGrow(name: string): boolean {
    for (const other of this.toolNames) if (other.length > name.length && other.startsWith(name)) return true;
    return false;
  }

  private begin({ index }: Piece): OpenCall {
    const call: OpenCall = {
      index: this.calls.length,
      upstreamIndex: index,
      id: undefined,
      name: undefined,
      type: 'function',
      text: '',
      isAnnounced: false,
      extras: {},
    };
    this.calls.push(call);
    return call;
  }

  private extend(call: OpenCall, { id, type, name, text, extras }: Piece): ToolCallDelta[] {
    call.text += text;
    if (call.isAnnounced) {
      if (text === '' && Object.keys(extras).length === 0) return [];
      return [{ index: call.index, ...(text === '' ? {} : { function: { arguments: text } }), ...extras }];
    }
    call.id ??= id;
    if (name !== undefined && name !== call.name) call.name = (call.name ?? '') + name;
    // Other kinds of calls (`custom`) have a field of their own in place of `function`.
    if (call.name === undefined && type !== undefined) call.type = type;
    setFields(call.extras, extras);
    return this.isReady(call) ? [this.announce(call)] : [];
  }

  private isReady({ name, type, text }: OpenCall): boolean {
    if (name === undefined) return type !== 'function';
    return text.trim() !== '' || !this.mayGrow(name);
  }

  private announce(call: OpenCall): ToolCallDelta {
    call.isAnnounced = true;
    const { index, type, name, text, extras } = call;
    const begun = text.trim() === '' ? '' : text;
    const called = name === undefined ? {} : { function: { name, arguments: begun } };
    return { index, id: this.uniqueId(call.id), type, ...called, ...extras };
  }

  private uniqueId(upstreamId: string | undefined): string {
    const isFree = upstreamId !== undefined && !this.ids.has(upstreamId);
    const id = isFree ? upstreamId : `call_${randomUUID().replaceAll('-', '')}`;
    this.ids.add(id);
    return id;
  }
}
