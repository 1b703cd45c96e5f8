import { randomUUID } from 'node:crypto';
import { it } from 'node:test';

const { MANA_LLM_URL, MANA_LLM_API_KEY, SCRIPTED_UPSTREAM_URL } = process.env;

export const BASE_URL = `${MANA_LLM_URL}/v1`;
/** The upstream itself: there a model has its `name` alone. */
export const DIRECT_URL = `${SCRIPTED_UPSTREAM_URL}/v1`;
export const API_KEY = MANA_LLM_API_KEY;
export const PROMPT = 'Say hello.';
export const QUESTION = [{ role: 'user', content: PROMPT }];
export const WEATHER_ANSWER = 'The tool says: "21 degrees"';
/** One red pixel. */
export const RED_PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4z8AAAAMBAQD3A0FDAAAAAElFTkSuQmCC';
export const IMAGE_QUESTION = [
  {
    role: 'user',
    content: [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${RED_PIXEL}` } },
    ],
  },
];
/** The same as an input of the Responses API. */
export const IMAGE_INPUT = [
  {
    role: 'user',
    content: [
      { type: 'input_text', text: 'What is this?' },
      { type: 'input_image', image_url: `data:image/png;base64,${RED_PIXEL}` },
    ],
  },
];
export const VECTORS = [
  [1, 0, 0.5],
  [2, 0, 0.5],
];
/** How a stream breaks: the scenario, and the code and words of the gateway's error frame. */
export const BREAKS = [
  ['cut', 'stream_broken', /broke off/],
  ['fails', null, /The engine stopped/],
  ['ends', 'stream_broken', /without its end marker/],
];

async function ask(path, model) {
  const response = await fetch(`${SCRIPTED_UPSTREAM_URL}/${path}?model=${model}`);
  return response.json();
}

/** A model that nobody else asks, and that answers as its name says (upstream/answers.mjs). */
export function script(scenario) {
  const name = `${scenario}.${randomUUID()}`;
  return {
    name,
    model: `scripted/${name}`,
    /** What the upstream was sent: `{ path, headers, body }` of each request. */
    requests: () => ask('requests', name),
    /** Resolves when the first request has come. */
    asked: () => ask('asked', name),
    /** Resolves when the connection of the first request has ended before its answer. */
    gone: () => ask('gone', name),
    /** Lets a stream break that has waited until its start was seen. */
    release: () => ask('release', name),
  };
}

/** `it` with the client's name before each title. */
export const checksOf = (client) => (title, run) => it(`${client}: ${title}`, run);

/** What a promise rejects with; it fails where it does not. */
export async function thrownBy(promise) {
  const value = await promise.then(
    (result) => ({ result }),
    (error) => ({ error }),
  );
  if (!('error' in value)) throw new Error(`No error came, but ${JSON.stringify(value.result)}`);
  return value.error;
}
