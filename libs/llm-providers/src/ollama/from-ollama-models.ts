import { isJsonObject, type JsonObject, type Model } from '@mana-llm/openai-api';
import { UpstreamError } from '../errors/upstream-error.js';
import type { OllamaModel } from './ollama-api.js';
import { toUnixSeconds } from './to-unix-seconds.js';

/** Extra fields, each where the server tells it; newer servers keep the lengths in `details`. */
function extraFields(model: OllamaModel): JsonObject {
  const { details = {} } = model;
  const fields: JsonObject = {
    context_length: model.context_length ?? details.context_length,
    embedding_length: model.embedding_length ?? details.embedding_length,
    capabilities: model.capabilities,
    size: model.size,
    family: details.family,
    parameter_size: details.parameter_size,
    quantization_level: details.quantization_level,
  };
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  );
}

/** `GET /api/tags` -> models with ids `provider/model`. */
export function fromOllamaModels(raw: unknown, provider: string): Model[] {
  const models = isJsonObject(raw) ? (raw.models ?? []) : undefined;
  if (!Array.isArray(models)) {
    throw new UpstreamError(`${provider} answered with something that is no list of models.`, {
      provider,
      kind: 'bad_response',
    });
  }
  return models.filter(isJsonObject).flatMap((model: OllamaModel) => {
    const name = model.model ?? model.name;
    if (!name) return [];
    const created = toUnixSeconds(model.modified_at) ?? 0;
    return [{ id: `${provider}/${name}`, object: 'model', created, owned_by: 'ollama', ...extraFields(model) }];
  });
}
