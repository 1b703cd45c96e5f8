import { isJsonObject, type Model } from '@mana-llm/openai-api';
import { toUnixSeconds } from '../stream/answer-identity.js';

/** The models of an OpenAI-compatible `GET /models`: `{data: [...]}`, or a bare list (Together). */
export function fromOpenAiModels(raw: unknown, provider: string): Model[] {
  const inData = isJsonObject(raw) ? raw['data'] : raw;
  const list: unknown[] = Array.isArray(inData) ? inData : [];
  return list.flatMap((entry) => {
    if (!isJsonObject(entry) || typeof entry['id'] !== 'string' || entry['id'] === '') return [];
    // Google lists `models/gemini-...` and answers to the name without that prefix.
    const id = `${provider}/${entry['id'].replace(/^models\//, '')}`;
    const created = toUnixSeconds(entry['created']) ?? 0;
    const ownedBy = typeof entry['owned_by'] === 'string' && entry['owned_by'] !== '' ? entry['owned_by'] : provider;
    return [{ ...entry, id, object: 'model' as const, created, owned_by: ownedBy }];
  });
}
