import { ApiError, type ChatMessage } from '@mana-llm/openai-api';
import { ImageFetchError } from './public-network.js';
import type { FetchedImage } from './read-image.js';
import { type FetchImage, inlineImages } from './inline-images.js';

const PNG_URL = 'data:image/png;base64,iVBORw0KGgo=';
const FETCHED: FetchedImage = { type: 'image/png', bytes: Buffer.from('iVBORw0KGgo=', 'base64') };
const image = (url: string, more: object = {}) => ({ type: 'image_url', image_url: { url, ...more } });
const text = { type: 'text', text: 'what is it?' };
const user = (...content: unknown[]): ChatMessage => ({ role: 'user', content }) as ChatMessage;

/** Fetches that the test lets go one by one. */
function heldFetches() {
  const waiting: {
    url: string;
    signal: AbortSignal;
    resolve: (found: FetchedImage) => void;
    reject: (error: unknown) => void;
  }[] = [];
  const fetchImage: FetchImage = (url, signal) =>
    new Promise((resolve, reject) => waiting.push({ url, signal, resolve, reject }));
  return { waiting, fetchImage };
}

describe(inlineImages.name, () => {
  let controller: AbortController;
  let end: jest.Mock;
  const inline = (messages: ChatMessage[], fetchImage: FetchImage): Promise<ChatMessage[]> =>
    inlineImages(messages, { fetchImage, startCall: () => ({ signal: controller.signal, end }) });
  const refusalOf = (promise: Promise<unknown>): Promise<ApiError> =>
    promise.then(
      () => Promise.reject(new Error('it was not refused')),
      (error: unknown) => error as ApiError,
    );

  beforeEach(() => {
    controller = new AbortController();
    end = jest.fn();
  });

  it('puts data URLs in place of addresses and leaves all else', async () => {
    const fetchImage = jest.fn(async () => FETCHED);
    const messages = [
      { role: 'system', content: 'http://a.test/a.png' },
      user(text, image('http://a.test/a.png', { detail: 'low' }), image(PNG_URL)),
      { role: 'assistant', content: null },
      user(image('HTTPS://b.test/b.png')),
    ] as ChatMessage[];
    const sent = structuredClone(messages);
    expect(await inline(messages, fetchImage)).toEqual([
      sent[0],
      user(text, image(PNG_URL, { detail: 'low' }), image(PNG_URL)),
      sent[2],
      user(image(PNG_URL)),
    ]);
    expect(messages).toEqual(sent);
    expect(end).toHaveBeenCalledTimes(1);
  });

  it.each<[string, ChatMessage]>([
    ['text', { role: 'user', content: 'http://a.test/a.png' }],
    ['data URLs', user(text, image(PNG_URL))],
    ['other schemes', user(image('file:///etc/passwd'), image('ftp://a.test/a.png'))],
    ['parts that are no images', user({ type: 'video_url', video_url: { url: 'http://a.test/a.mp4' } })],
    ['a part without an address', user({ type: 'image_url' })],
  ])('gives messages with %s as they are', async (_what, message) => {
    const messages = [message];
    const startCall = jest.fn();
    const fetchImage = jest.fn();
    expect(await inlineImages(messages, { fetchImage, startCall })).toBe(messages);
    expect(startCall).not.toHaveBeenCalled();
  });

  it('fetches an address once, however often it stands there', async () => {
    const fetchImage = jest.fn(async () => FETCHED);
    await inline(
      [user(image('http://a.test/a.png'), image('http://a.test/a.png')), user(image('http://a.test/a.png'))],
      fetchImage,
    );
    expect(fetchImage).toHaveBeenCalledTimes(1);
  });

  it('fetches four at a time', async () => {
    const { waiting, fetchImage } = heldFetches();
    const urls = [1, 2, 3, 4, 5, 6].map((number) => `http://a.test/${number}.png`);
    const inlined = inline([user(...urls.map((url) => image(url)))], fetchImage);
    expect(waiting).toHaveLength(4);
    waiting[2]?.resolve(FETCHED);
    waiting[0]?.resolve(FETCHED);
    await new Promise(setImmediate);
    expect(waiting.map(({ url }) => url)).toEqual(urls);
    for (const { resolve } of waiting) resolve(FETCHED);
    expect(await inlined).toEqual([user(...urls.map(() => image(PNG_URL)))]);
  });

  it('names the image that cannot be had, and stops fetching the others', async () => {
    const { waiting, fetchImage } = heldFetches();
    const inlined = inline([user('x'), user(text, image('http://a.test/1'), image('http://a.test/2'))], fetchImage);
    waiting[1]?.reject(new ImageFetchError('No such image.'));
    const error = await refusalOf(inlined);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 400,
      message: 'No such image.',
      param: 'messages[1].content[2].image_url.url',
      type: 'invalid_request_error',
    });
    expect(waiting[0]?.signal.aborted).toBe(true);
    expect(end).toHaveBeenCalledTimes(1);
  });

  it('stops when the call does, for the reason of the call', async () => {
    const reason = new Error('the caller has left');
    const fetchImage: FetchImage = (_url, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    const inlined = inline([user(image('http://a.test/a'))], fetchImage);
    controller.abort(reason);
    await expect(inlined).rejects.toBe(reason);
  });

  it('refuses more than 32 addresses, naming the first that is too many, and fetches none', async () => {
    const fetchImage = jest.fn(async () => FETCHED);
    const images = Array.from({ length: 33 }, (_, index) => image(`http://a.test/${index}`));
    const error = await refusalOf(inline([user(...images)], fetchImage));
    expect(error).toMatchObject({ status: 400, param: 'messages[0].content[32].image_url.url' });
    expect(error.message).toContain('At most 32 images');
    expect(fetchImage).not.toHaveBeenCalled();
  });

  it('refuses more than 50 MiB together', async () => {
    const bytes = Buffer.alloc(18 * 1024 * 1024);
    const images = [1, 2, 3, 4].map((number) => image(`http://a.test/${number}`));
    const error = await refusalOf(inline([user(...images)], async () => ({ type: 'image/png', bytes })));
    expect(error).toMatchObject({ status: 400, param: expect.stringContaining('image_url.url') });
    expect(error.message).toContain('larger than 50 MiB together');
  });
});
