import type { JsonObject } from '@mana-llm/openai-api';
import { ChatCompletionRequestDto, EmbeddingRequestDto } from '@mana-llm/openai-api/checks';
import fc from 'fast-check';
import { CHAT_BODIES, EMBEDDING_BODIES } from '../../../test/support/arbitrary-requests.js';
import { useScene } from '../../../test/support/scene.js';
import { schemaMistakes } from '../../../test/support/schema-mistakes.js';
import { checkRequest, type DtoClass } from '../../door/request-checks.js';

function isTaken(type: DtoClass, body: JsonObject): boolean {
  try {
    checkRequest(type, body);
    return true;
  } catch {
    return false;
  }
}

/** A good body with a few fields of any: with all of them hardly a body would be good. */
const withFew = (good: JsonObject, bodies: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> =>
  fc.tuple(bodies, fc.infiniteStream(fc.integer({ min: 0, max: 4 }))).map(([body, draws]) => ({
    ...good,
    ...Object.fromEntries(Object.entries(body).filter(() => draws.next().value === 0)),
  }));

describe('the schemas of requests', () => {
  const scene = useScene();
  let schemas: JsonObject;

  beforeAll(async () => {
    const document = (await (await scene.get('/openapi.json')).json()) as { components: { schemas: JsonObject } };
    ({ schemas } = document.components);
  });

  it.each<[string, DtoClass, fc.Arbitrary<JsonObject>]>([
    [
      'ChatCompletionRequest',
      ChatCompletionRequestDto,
      withFew({ messages: [{ role: 'user', content: 'x' }] }, CHAT_BODIES),
    ],
    ['EmbeddingRequest', EmbeddingRequestDto, withFew({ input: 'x' }, EMBEDDING_BODIES)],
  ])('%p says of every body what the service says', (name, type, bodies) => {
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(bodies, (body) => {
        const taken = isTaken(type, body);
        seen[taken ? 'taken' : 'refused'] += 1;
        expect({ body, taken: schemaMistakes(body, schemas[name], schemas).length === 0 }).toEqual({
          body,
          taken,
        });
      }),
      { numRuns: 1500 },
    );
    expect(seen.taken).toBeGreaterThan(100);
    expect(seen.refused).toBeGreaterThan(100);
  });
});
