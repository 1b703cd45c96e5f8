import type { OpenAiCompatibleSettings } from './provider-settings.js';

/** An OpenAI-compatible cloud that needs nothing but its key. */
export interface KnownProvider {
  name: string;
  baseUrl: string;
  keyVariable: string;
  /** See `OpenAiCompatibleSettings.renamedFields`. */
  renamedFields?: Record<string, string | null>;
  /** See `OpenAiCompatibleSettings.renamedRoles`; without it `developer` becomes `system`. */
  renamedRoles?: Record<string, string>;
  /** See `OpenAiCompatibleSettings.reasoningField`. */
  reasoningField?: OpenAiCompatibleSettings['reasoningField'];
}

/** Only OpenAI itself knows the role `developer`; `system` is understood everywhere. */
export const DEFAULT_RENAMED_ROLES: Readonly<Record<string, string>> = { developer: 'system' };

const MAX_TOKENS_ONLY = { max_completion_tokens: 'max_tokens' };

/**
 * A new provider is one line here. Base URLs, key names and fields are those of each provider's own documentation. OpenAI and
 * Mistral refuse message fields that they do not know, Groq takes `reasoning` and refuses `reasoning_content`, DeepSeek wants
 * `reasoning_content` back between tool calls (https://api-docs.deepseek.com/guides/thinking_mode).
 */
export const KNOWN_PROVIDERS: readonly KnownProvider[] = [
  {
    name: 'openrouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    keyVariable: 'OPENROUTER_API_KEY',
    reasoningField: 'reasoning',
  },
  { name: 'groq', baseUrl: 'https://api.groq.com/openai/v1', keyVariable: 'GROQ_API_KEY', reasoningField: 'reasoning' },
  {
    name: 'together',
    baseUrl: 'https://api.together.xyz/v1',
    keyVariable: 'TOGETHER_API_KEY',
    renamedFields: MAX_TOKENS_ONLY,
  },
  {
    name: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    keyVariable: 'OPENAI_API_KEY',
    renamedRoles: {},
    reasoningField: 'none',
  },
  {
    name: 'google',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    keyVariable: 'GOOGLE_API_KEY',
    reasoningField: 'none',
  },
  {
    name: 'mistral',
    baseUrl: 'https://api.mistral.ai/v1',
    keyVariable: 'MISTRAL_API_KEY',
    renamedFields: { ...MAX_TOKENS_ONLY, seed: 'random_seed', stream_options: null, user: null },
    reasoningField: 'none',
  },
  {
    name: 'deepseek',
    baseUrl: 'https://api.deepseek.com/v1',
    keyVariable: 'DEEPSEEK_API_KEY',
    renamedFields: MAX_TOKENS_ONLY,
    reasoningField: 'reasoning_content',
  },
  { name: 'xai', baseUrl: 'https://api.x.ai/v1', keyVariable: 'XAI_API_KEY', reasoningField: 'reasoning_content' },
  {
    name: 'cerebras',
    baseUrl: 'https://api.cerebras.ai/v1',
    keyVariable: 'CEREBRAS_API_KEY',
    reasoningField: 'reasoning',
  },
  {
    name: 'fireworks',
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    keyVariable: 'FIREWORKS_API_KEY',
    renamedFields: MAX_TOKENS_ONLY,
    reasoningField: 'reasoning_content',
  },
];
