import { AliasesController } from './aliases.controller.js';

describe(AliasesController.name, () => {
  it('tells the default and the aliases with their chains', () => {
    const alias = { name: 'mana/fast-text', description: 'Short answers' };
    const chain = [{ model: 'ollama/qwen2.5:7b', weight: 2 }, { model: 'groq/x' }];
    const controller = new AliasesController({
      defaultModel: 'mana/fast-text',
      aliases: [{ ...alias, chain }],
      policies: [],
    });
    expect(controller.list()).toEqual({
      default: 'mana/fast-text',
      aliases: [{ ...alias, chain: ['ollama/qwen2.5:7b', 'groq/x'] }],
    });
  });
});
