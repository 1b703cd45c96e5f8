import type { JsonObject } from '@mana-llm/openai-api';
import { IsOptional } from 'class-validator';
import { IsChain } from '../rules/is-chain.js';
import { IsText } from '../rules/is-text.js';

/** One entry of `aliases`. */
export class AliasEntry {
  @IsOptional()
  @IsText('a text')
  description?: string;

  @IsChain()
  chain!: (string | JsonObject)[];
}
