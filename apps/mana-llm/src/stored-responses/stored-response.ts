import { isJsonObject, type JsonObject, JsonScanner, parseJson, stringifyJson } from '@mana-llm/openai-api';

/** One turn of a conversation. */
export interface StoredResponse {
  /** `resp_` and 128 random bits as hex digits. */
  id: string;
  /** The turn before this one. */
  parentId: string | null;
  /** The items that the caller sent in this turn, each with an id. */
  input: JsonObject[];
  /** The items that the model said. */
  output: JsonObject[];
  /** The response as it was given, as JSON and without its output. A conversation does not read it. */
  response: string;
}

/** The depth was bounded where the parts of it came in. */
const NO_LIMITS = { maxDepth: Infinity, maxValues: Infinity };

const toTurn = (value: unknown, owner: string): StoredResponse | undefined =>
  isJsonObject(value) && value['owner'] === owner && Array.isArray(value['output'])
    ? (value as unknown as StoredResponse)
    : undefined;

/** A turn as its store has it. */
export class StoredText {
  readonly bytes: number;
  /** Counted by brackets and commas. */
  readonly values: number;
  private readonly scanner = new JsonScanner(NO_LIMITS);

  constructor(private readonly text: string) {
    this.scanner.push(text);
    this.bytes = Buffer.byteLength(text);
    this.values = this.scanner.values;
  }

  /** Undefined where the turn is another owner's. */
  read(owner: string): StoredResponse | undefined {
    return toTurn(parseJson(this.text, { scanner: this.scanner }), owner);
  }

  static of(turn: StoredResponse, owner: string): string {
    return stringifyJson({ ...turn, owner });
  }
}

/** The response as it was given. */
export function responseOf({ response, output }: StoredResponse): JsonObject {
  return { ...(parseJson(response, { maxDepth: Infinity }) as JsonObject), output };
}
