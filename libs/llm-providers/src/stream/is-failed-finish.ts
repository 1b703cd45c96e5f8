/** Finish reasons that say the answer failed: OpenRouter's `error`, DeepSeek's `insufficient_system_resource`. */
const FAILED = new Set(['error', 'insufficient_system_resource', 'network_error', 'malformed_function_call']);

export function isFailedFinish(reason: string): boolean {
  return FAILED.has(reason.toLowerCase());
}
