import { isJsonObject, type JsonObject, setField } from '@mana-llm/openai-api';
import type { OpenAiCompatibleSettings } from '../provider-settings.js';

/** Fields of the gateway and of Ollama: a strict cloud answers 400 to them. */
const GATEWAY_FIELDS: readonly string[] = ['keep_alive', 'options', 'models'];

type Renames = Pick<OpenAiCompatibleSettings, 'renamedFields' | 'renamedRoles' | 'reasoningField'>;

/** An assistant's turn as the provider takes it: our answers carry the reasoning under both names, and clients send them back. */
function renameReasoning(message: JsonObject, field: NonNullable<Renames['reasoningField']>): JsonObject {
  const { reasoning_content: long, reasoning: short, ...rest } = message;
  const reasoning = long ?? short;
  return field === 'none' || reasoning === undefined ? rest : { ...rest, [field]: reasoning };
}

function toOpenAiMessage(message: unknown, { renamedRoles, reasoningField }: Renames): unknown {
  if (!isJsonObject(message) || typeof message['role'] !== 'string') return message;
  const hasReasoning = 'reasoning_content' in message || 'reasoning' in message;
  const role = Object.hasOwn(renamedRoles, message['role']) ? renamedRoles[message['role']] : undefined;
  const named = role === undefined ? message : { ...message, role };
  return reasoningField !== undefined && hasReasoning ? renameReasoning(named, reasoningField) : named;
}

/** A request for an OpenAI-compatible provider: as it was sent, except for fields and roles that the provider names otherwise. */
export function toOpenAiRequest(request: JsonObject, renames: Renames): JsonObject {
  const { renamedFields } = renames;
  const body: JsonObject = {};
  for (const [field, value] of Object.entries(request)) {
    const name = Object.hasOwn(renamedFields, field) ? renamedFields[field] : field;
    if (name === null || name === undefined || GATEWAY_FIELDS.includes(field)) continue;
    // Of two fields that are one to the provider, the first that is not null. Own fields: every object has a `constructor`.
    if (!Object.hasOwn(body, name) || body[name] === null) setField(body, name, value);
  }
  if (Array.isArray(body['messages'])) {
    body['messages'] = (body['messages'] as unknown[]).map((message) => toOpenAiMessage(message, renames));
  }
  return body;
}
