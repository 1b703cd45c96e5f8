import { type StreamAnswer, toStreamAnswer } from './stream-answer.js';

/** Reads a stream step by step, for tests that do something in its midst. */
export class StreamReader {
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private readonly decoder = new TextDecoder();
  private text = '';

  constructor(response: Response) {
    if (!response.body) throw new Error(`an answer ${response.status} without a body is no stream`);
    this.reader = response.body.getReader();
  }

  get textSoFar(): string {
    return this.text;
  }

  /** Reads on until the stream so far contains the text. */
  async readUntil(expected: string): Promise<void> {
    while (!this.text.includes(expected)) {
      if (!(await this.readMore())) throw new Error(`the stream ended without ${expected}:\n${this.text}`);
    }
  }

  /** Reads to the end. */
  async drain(): Promise<void> {
    while (await this.readMore());
  }

  /** Reads to the end; the answer is the whole stream. */
  async rest(): Promise<StreamAnswer> {
    await this.drain();
    return toStreamAnswer(this.text);
  }

  private async readMore(): Promise<boolean> {
    const { done, value } = await this.reader.read();
    this.text += this.decoder.decode(value, { stream: !done });
    return !done;
  }
}
