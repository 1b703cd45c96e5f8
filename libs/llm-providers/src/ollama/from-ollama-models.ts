import { isJsonObject, type JsonObject, type Model } from '@mana-llm/openai-api';
import { UpstreamError } from '../errors/upstream-error.js';
import type { OllamaModel } from './ollama-api.js';
import { fullModelName } from './ollama-model-info.js';
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

interface NamedModel {
  name: string;
  model: OllamaModel;
}

/**
 * One entry for each model: the one with the full tag where `gemma3` stands beside `gemma3:latest`. Names with other tags are
 * other names of their owner's choice, and stay, whatever they stand for.
 */
function withoutDuplicates(models: readonly OllamaModel[]): NamedModel[] {
  const byName = new Map<string, NamedModel>();
  for (const model of models) {
    const name = model.model ?? model.name;
    if (name && !byName.has(name)) byName.set(name, { name, model });
  }
  return [...byName.values()].filter(({ name, model }) => {
    const full = byName.get(fullModelName(name));
    if (full === undefined || full.name === name) return true;
    return model.digest !== undefined && full.model.digest !== undefined && model.digest !== full.model.digest;
  });
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
  return withoutDuplicates(models.filter(isJsonObject)).map(({ name, model }) => {
    const created = toUnixSeconds(model.modified_at) ?? 0;
    return { id: `${provider}/${name}`, object: 'model', created, owned_by: 'ollama', ...extraFields(model) };
  });
}
