import { basename } from 'node:path';

/** True for what is fetched, false for a path: the schemes that node-llama-cpp resolves. */
export function isModelUri(source: string): boolean {
  return /^(hf|huggingface|https?):/i.test(source);
}

/**
 * The model's name: its file's name without `.gguf`. node-llama-cpp puts `hf_<user>_` before the names of files that it
 * fetches from Hugging Face; that is no part of the model's name.
 */
export function modelName(file: string, source: string): string {
  const name = basename(file).replace(/\.gguf$/i, '');
  const user = /^(?:hf|huggingface):([^/]+)\//i.exec(source)?.[1];
  const prefix = `hf_${user}_`;
  return user !== undefined && name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
