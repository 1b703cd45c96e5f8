import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import type { OpenAiCompatibleSettings } from '../provider-settings.js';

/** Fields that the gateway or Ollama understands and a strict cloud answers 400 to. */
const GATEWAY_FIELDS: readonly string[] = ['keep_alive', 'options', 'models'];

type Renames = Pick<OpenAiCompatibleSettings, 'renamedFields' | 'renamedRoles'>;

function renameRole(message: unknown, renamedRoles: Record<string, string>): unknown {
  if (!isJsonObject(message) || typeof message['role'] !== 'string') return message;
  const role = renamedRoles[message['role']];
  return role === undefined ? message : { ...message, role };
}

/** A request for an OpenAI-compatible provider: as it was sent, but for what the provider is known to call otherwise. */
export function toOpenAiRequest(request: JsonObject, { renamedFields, renamedRoles }: Renames): JsonObject {
  const body: JsonObject = {};
  for (const [field, value] of Object.entries(request)) {
    const name = Object.hasOwn(renamedFields, field) ? renamedFields[field] : field;
    if (name !== null && name !== undefined && !GATEWAY_FIELDS.includes(field)) body[name] ??= value;
  }
  if (Array.isArray(body['messages']) && Object.keys(renamedRoles).length > 0) {
    body['messages'] = (body['messages'] as unknown[]).map((message) => renameRole(message, renamedRoles));
  }
  return body;
}
