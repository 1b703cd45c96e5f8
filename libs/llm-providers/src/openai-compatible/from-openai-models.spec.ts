import { openAiModels } from '../testing/openai-completion.js';
import { fromOpenAiModels } from './from-openai-models.js';

describe(fromOpenAiModels.name, () => {
  it("puts the provider before each id and keeps the provider's own fields", () => {
    const raw = {
      object: 'list',
      data: [{ id: 'meta-llama/a:b', object: 'x', created: 7.9, owned_by: 'meta', context_length: 5 }],
    };
    expect(fromOpenAiModels(raw, 'p')).toEqual([
      { id: 'p/meta-llama/a:b', object: 'model', created: 7, owned_by: 'meta', context_length: 5 },
    ]);
  });

  it.each<[string, unknown, string[]]>([
    ['a list in data', openAiModels('a', 'b'), ['p/a', 'p/b']],
    ['a bare list', [{ id: 'a' }], ['p/a']],
    ["Google's names", { data: [{ id: 'models/gemini-x' }] }, ['p/gemini-x']],
    ['entries without a name left out', { data: [{ id: 'a' }, {}, { id: '' }, { id: 5 }, null, 'x'] }, ['p/a']],
    ['nothing', null, []],
    ['no list', { data: 'x' }, []],
  ])('reads %s', (_what, raw, ids) => {
    expect(fromOpenAiModels(raw, 'p').map(({ id }) => id)).toEqual(ids);
  });

  it('fills in what is missing', () => {
    expect(fromOpenAiModels([{ id: 'a', created: 'x', owned_by: '' }], 'p')).toEqual([
      { id: 'p/a', object: 'model', created: 0, owned_by: 'p' },
    ]);
  });
});
