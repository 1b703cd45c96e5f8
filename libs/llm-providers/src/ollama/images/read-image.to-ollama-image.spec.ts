import { ApiError } from '@mana-llm/openai-api';
import { toOllamaImage } from './read-image.js';

const MIB = 1024 * 1024;
const PARAM = 'messages[0].content[1].image_url.url';
const PNG = 'iVBORw0KGgo=';
const base64 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('base64');
const pngOf = (bytes: number): string => Buffer.concat([Buffer.from(PNG, 'base64')], bytes).toString('base64');

function refusal(url: string): ApiError {
  try {
    toOllamaImage(url, PARAM);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe(toOllamaImage.name, () => {
  it.each<[string, string, string]>([
    ['PNG', `data:image/png;base64,${PNG}`, PNG],
    ['JPEG', 'data:image/jpeg;base64,/9j/4AA=', '/9j/4AA='],
    ['GIF', `data:image/gif;base64,${base64('GIF89a')}`, base64('GIF89a')],
    ['WebP', `data:image/webp;base64,${base64('RIFF1234WEBP')}`, base64('RIFF1234WEBP')],
    ['a JPEG that says to be a PNG', 'data:image/png;base64,/9j/4AA=', '/9j/4AA='],
    ['an image that does not say what it is', `data:;base64,${PNG}`, PNG],
    ['an image that says to be bytes', `data:application/octet-stream;base64,${PNG}`, PNG],
    ['capitals and parameters', `DATA:image/PNG;name=a.png;BASE64,${PNG}`, PNG],
    ['base64 in lines', `data:image/png;base64,iVBO\r\nRw0K\nGgo= \n`, PNG],
  ])('takes %s', (_what, url, expected) => {
    expect(toOllamaImage(url, PARAM)).toBe(expected);
  });

  it.each<[string, string, RegExp]>([
    ['an address', 'https://example.org/a.png', /IMAGE_FETCH=off.*data URL/],
    ['an address in capitals', 'HTTP://example.org/a,b.png', /IMAGE_FETCH=off.*data URL/],
    ['a file', 'file:///etc/passwd', /must be a data URL in base64/],
    ['bare base64', PNG, /must be a data URL in base64/],
    ['nothing', '', /must be a data URL in base64/],
    ['a data URL that is not base64', 'data:image/png,%89PNG', /must be a data URL in base64/],
    ['an empty data URL', 'data:image/png;base64,', /holds no image/],
    ['letters that are none of base64', 'data:image/png;base64,iVBORw0KGg!=', /holds no base64/],
    ['the letters of URL-safe base64', `data:image/jpeg;base64,${PNG.slice(0, -4)}_-o=`, /holds no base64/],
    ['base64 without its padding', 'data:image/png;base64,iVBORw0KGgo', /holds no base64/],
    ['padding in the middle', `data:image/png;base64,${PNG}${PNG}`, /holds no base64/],
    ['escaped padding', 'data:image/png;base64,iVBORw0KGgo%3D', /holds no base64/],
    ['blanks alone', 'data:image/png;base64, \n', /holds no PNG/],
    ['text', `data:image/png;base64,${base64('hello')}`, /holds no PNG, JPEG, WebP or GIF image/],
    ['SVG', `data:image/svg+xml;base64,${base64('<svg/>')}`, /holds no PNG, JPEG, WebP or GIF image/],
    ['half a signature', `data:image/png;base64,${base64('\x89PNG')}`, /holds no PNG, JPEG, WebP or GIF image/],
  ])('refuses %s', (_what, url, message) => {
    const { status, param, message: told } = refusal(url);
    expect(status).toBe(400);
    expect(param).toBe(PARAM);
    expect(told).toMatch(message);
  });

  it('takes 20 MiB and not a byte more', () => {
    const largest = pngOf(20 * MIB);
    expect(toOllamaImage(`data:image/png;base64,${largest}`, PARAM) === largest).toBe(true);
    expect(refusal(`data:image/png;base64,${pngOf(20 * MIB + 1)}`).message).toContain('larger than 20 MiB');
  });
});
