import { RequestMethod, VERSION_NEUTRAL, VersioningType } from '@nestjs/common';
import { JsonAnswer, StreamAnswer, streamVersioning } from './stream-versioning.js';

class Answers {
  @JsonAnswer()
  json(): void {}

  @StreamAnswer()
  stream(): void {}

  @JsonAnswer('other')
  other(): void {}
}

const metadataOf = (handler: object): Record<string, unknown> =>
  Object.fromEntries(
    Reflect.getMetadataKeys(handler).map((key: unknown) => [String(key), Reflect.getMetadata(key, handler) as unknown]),
  );

describe('streamVersioning', () => {
  const formOf = (request: unknown): unknown =>
    streamVersioning.type === VersioningType.CUSTOM ? streamVersioning.extractor(request) : undefined;

  it.each([
    [{ body: { stream: true } }, 'stream'],
    [{ body: { stream: false } }, 'json'],
    [{ body: { stream: null } }, 'json'],
    [{ body: { stream: 'true' } }, 'json'],
    [{ body: { stream: 1 } }, 'json'],
    [{ body: {} }, 'json'],
    [{ body: [] }, 'json'],
    [{ body: null }, 'json'],
    [{ body: 'stream' }, 'json'],
    [{}, 'json'],
  ])('reads the form from %j', (request, form) => {
    expect(formOf(request)).toBe(form);
  });

  it('leaves routes without a form to every request', () => {
    expect(streamVersioning).toMatchObject({ defaultVersion: VERSION_NEUTRAL });
  });

  it('tells the two handlers of a path apart, both POST and both 200', () => {
    const post = { method: RequestMethod.POST, __httpCode__: 200, path: '/' };
    expect(metadataOf(Answers.prototype.json)).toMatchObject({ ...post, __version__: 'json' });
    expect(metadataOf(Answers.prototype.stream)).toMatchObject({ ...post, __version__: 'stream', __sse__: true });
    expect(metadataOf(Answers.prototype.json)).not.toHaveProperty('__sse__');
    expect(metadataOf(Answers.prototype.other)).toMatchObject({ path: 'other' });
  });

  it('shows the JSON handler alone in the description', () => {
    const excluded = { 'swagger/apiExcludeEndpoint': { disable: true } };
    expect(metadataOf(Answers.prototype.stream)).toMatchObject(excluded);
    expect(metadataOf(Answers.prototype.json)).not.toMatchObject(excluded);
  });
});
