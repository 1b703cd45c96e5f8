import { CapabilityError } from '../../errors/capability-error.js';
import { toOllamaRequest } from '../request/to-ollama-request.js';
import { refuseMissingCapability, requiredCapabilities } from './capabilities.js';

const IMAGE = { type: 'image_url', image_url: { url: 'https://pictures.test/a.png' } };
const TOOLS = [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }];
const COMPLETION = { capability: 'completion', param: 'model' };

describe(requiredCapabilities.name, () => {
  const required = (fields: object): unknown => {
    const request = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }], ...fields };
    return requiredCapabilities(request, toOllamaRequest({ ...request, messages: [] }, false));
  };

  it.each<[string, object, { capability: string; param: string }[]]>([
    ['a plain question', {}, []],
    [
      'an image',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'what?' }, IMAGE] }] },
      [{ capability: 'vision', param: 'messages[0].content[1]' }],
    ],
    [
      'an image of an earlier turn',
      {
        messages: [
          { role: 'system', content: 'x' },
          { role: 'user', content: [IMAGE] },
          { role: 'user', content: 'and?' },
        ],
      },
      [{ capability: 'vision', param: 'messages[1].content[0]' }],
    ],
    ['tools', { tools: TOOLS }, [{ capability: 'tools', param: 'tools' }]],
    ['tools that must not be called', { tools: TOOLS, tool_choice: 'none' }, []],
    ['no tools', { tools: [] }, []],
    ['an effort', { reasoning_effort: 'low' }, [{ capability: 'thinking', param: 'reasoning_effort' }]],
    ['the effort none', { reasoning_effort: 'none' }, []],
    ['think', { think: true }, [{ capability: 'thinking', param: 'think' }]],
    ['think: false', { think: false }, []],
    ['reasoning', { reasoning: { effort: 'high' } }, [{ capability: 'thinking', param: 'reasoning' }]],
    [
      'tools and thinking',
      { tools: TOOLS, think: 'low' },
      [
        { capability: 'tools', param: 'tools' },
        { capability: 'thinking', param: 'think' },
      ],
    ],
  ])('of %s', (_what, fields, expected) => {
    expect(required(fields)).toEqual([COMPLETION, ...expected]);
  });
});

const VISION = { capability: 'vision', param: 'messages[0].content[0]' };

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
      type: 'invalid_request_error',
      code: 'capability_missing',
      param: 'messages[0].content[0]',
    });
  });

  it('names the first of several that are missing', async () => {
    await expect(refuse(['embedding'])).rejects.toMatchObject({ param: 'model' });
  });
});
