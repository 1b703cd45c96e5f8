import { AliasesController } from './aliases.controller.js';

describe(AliasesController.name, () => {
  it('tells the default and the aliases with their chains', () => {
    const aliases = [{ name: 'mana/fast-text', description: 'Short answers', chain: ['ollama/qwen2.5:7b', 'groq/x'] }];
    const controller = new AliasesController({ defaultModel: 'mana/fast-text', aliases, policies: [] });
    expect(controller.list()).toEqual({ default: 'mana/fast-text', aliases });
  });
});
