import { toOllamaRequest } from './to-ollama-request.js';
import { wantedCapabilities } from './wanted-capabilities.js';

const IMAGE = { type: 'image_url', image_url: { url: 'https://pictures.test/a.png' } };
const TOOLS = [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }];
const COMPLETION = { capability: 'completion', param: 'model' };

describe(wantedCapabilities.name, () => {
  const wanted = (fields: object): unknown => {
    const request = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }], ...fields };
    return wantedCapabilities(request, toOllamaRequest({ ...request, messages: [] }, false));
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
    expect(wanted(fields)).toEqual([COMPLETION, ...expected]);
  });
});
