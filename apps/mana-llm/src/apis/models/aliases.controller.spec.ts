import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { poolOf, snapshotOf } from '../../../test/support/routing-parts.js';
import { AliasesController } from './aliases.controller.js';
import { ModelRouter } from '../../routing/model-router.js';
import type { RoutingTable } from '../../routing/routing-table.js';

describe(AliasesController.name, () => {
  const groq = poolOf([new FakeLlmProvider('groq')]);
  const ollama = poolOf([new FakeLlmProvider('ollama')], { policy: { breaker: { failures: 1, openMs: 60_000 } } });
  const aliases = [
    {
      name: 'mana/fast-text',
      description: 'Short answers',
      chain: [{ model: 'openai/gpt-5' }, { model: 'ollama/qwen2.5:7b' }, { model: 'groq/x' }],
    },
    {
      name: 'mana/drawn',
      description: '',
      chain: [
        { model: 'groq/x', weight: 3 },
        { model: 'groq/y', weight: 1 },
      ],
    },
    { name: 'mana/no-key', description: '', chain: [{ model: 'openai/gpt-5' }] },
  ];
  const current = snapshotOf({
    aliases: new Map(aliases.map((alias) => [alias.name, alias])),
    defaultModel: 'mana/fast-text',
    pools: new Map([
      ['ollama', ollama],
      ['groq', groq],
    ]),
    keyVariables: new Map([['openai', 'OPENAI_API_KEY']]),
  });
  const table = { current } as RoutingTable;
  const controller = new AliasesController(table, new ModelRouter(table));

  it('tells the default and the aliases with their chains, and who would answer now', () => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    expect(controller.list()).toEqual({
      default: 'mana/fast-text',
      aliases: [
        {
          name: 'mana/fast-text',
          description: 'Short answers',
          chain: ['openai/gpt-5', 'ollama/qwen2.5:7b', 'groq/x'],
          resolves_to: 'ollama/qwen2.5:7b',
        },
        {
          name: 'mana/drawn',
          description: '',
          chain: ['groq/x', 'groq/y'],
          weights: { 'groq/x': 3, 'groq/y': 1 },
          resolves_to: 'groq/x',
        },
        { name: 'mana/no-key', description: '', chain: ['openai/gpt-5'], resolves_to: null },
      ],
    });
    jest.restoreAllMocks();
  });

  it('passes by a provider whose breaker is open', () => {
    ollama.endpoints[0]?.breaker.enter('m', 'x').unreachable();
    expect(controller.list().aliases[0]?.resolves_to).toBe('groq/x');
  });
});
