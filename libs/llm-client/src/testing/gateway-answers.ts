import { type Answer, jsonAnswer } from './answer.js';
import { statusAnswer } from './fault-answer.js';

/** `GET /health`. */
export function healthAnswer(isHealthy: boolean): Answer {
  const status = isHealthy ? 'healthy' : 'unhealthy';
  const providers = { fake: { status, latency_ms: isHealthy ? 1 : null } };
  return jsonAnswer(isHealthy ? 200 : 503, { status, service: 'mana-llm', version: '0.0.0-fake', providers });
}

/** `GET /v1/models`. */
export function modelsAnswer(ids: readonly string[]): Answer {
  const data = ids.map((id) => ({ id, object: 'model', created: 0, owned_by: id.split('/')[0] }));
  return jsonAnswer(200, { object: 'list', data });
}

/** What the gateway says of a body without this field. */
export function invalidAnswer(param: string): Answer {
  return statusAnswer({ status: 400, param, message: `The body is no JSON with \`${param}\`.` });
}

/** The headers by which the gateway says who answered. */
export function withModel(answer: Answer, model: string): Answer {
  if (answer.status !== 200) return answer;
  const own = { 'x-mana-llm-resolved': model, 'x-mana-llm-attempts': '1', 'x-mana-llm-cache': 'miss' };
  return { ...answer, headers: { ...own, ...answer.headers } };
}
