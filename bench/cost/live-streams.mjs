// Streams that send numbered frames at a steady rate, each at a moment of its own.
import { LAST_FRAMES, ROLE_FRAME, textFrame } from './frames.mjs';

const TICK_MS = 5;

export class LiveStreams {
  #streams = new Set();
  #ticks = 0;
  #timer;

  add(response, framesPerSecond) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(ROLE_FRAME);
    const ticksPerFrame = Math.round(1000 / framesPerSecond / TICK_MS);
    const stream = { response, ticksPerFrame, offset: this.#streams.size % ticksPerFrame, sent: 0 };
    this.#streams.add(stream);
    response.once('close', () => this.#streams.delete(stream));
    this.#timer ??= this.#startTimer();
  }

  /** Ends all streams well; tells how many there were. */
  end() {
    const count = this.#streams.size;
    for (const { response } of this.#streams) response.end(LAST_FRAMES.join(''));
    this.#streams.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
    return count;
  }

  /** A late timer makes up for what it missed: the rate holds on a busy machine. */
  #startTimer() {
    const startedAtMs = performance.now();
    this.#ticks = 0;
    return setInterval(() => {
      const due = Math.floor((performance.now() - startedAtMs) / TICK_MS);
      for (; this.#ticks < due; this.#ticks += 1) this.#sendDue();
    }, TICK_MS);
  }

  #sendDue() {
    for (const stream of this.#streams) {
      if (this.#ticks % stream.ticksPerFrame !== stream.offset) continue;
      stream.response.write(textFrame(`w${stream.sent} `));
      stream.sent += 1;
    }
  }
}
