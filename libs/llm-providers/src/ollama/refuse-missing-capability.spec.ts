import { CapabilityError } from '../errors/capability-error.js';
import { refuseMissingCapability } from './refuse-missing-capability.js';

const VISION = { capability: 'vision', param: 'messages[0].content[0]' };
const COMPLETION = { capability: 'completion', param: 'model' };

describe(refuseMissingCapability.name, () => {
  const refuse = (capabilities: string[] | undefined, others: string[] = []): Promise<void> => {
    const info = { name: 'llama3.2', ...(capabilities === undefined ? {} : { capabilities }) };
    return refuseMissingCapability('gpu2', info, [COMPLETION, VISION], async () => others);
  };

  it.each([[undefined], [['completion', 'vision']], [['completion', 'vision', 'tools']]])(
    'lets a model pass that is known for %j',
    async (capabilities) => {
      await expect(refuse(capabilities)).resolves.toBeUndefined();
    },
  );

  it('names the model, the capability, the field and the models that have it', async () => {
    const error = await refuse(['completion'], ['gemma3:4b', 'llava:7b']).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CapabilityError);
    expect(error).toMatchObject({
      status: 400,
      message:
        'The model `gpu2/llama3.2` does not support vision. Models here that have it: gpu2/gemma3:4b, gpu2/llava:7b.',
      body: {
        error: { type: 'invalid_request_error', code: 'capability_missing', param: 'messages[0].content[0]' },
      },
    });
  });

  it('names the first of several that are missing', async () => {
    await expect(refuse(['embedding'])).rejects.toMatchObject({ body: { error: { param: 'model' } } });
  });
});
