const DEFAULT_HUB = 'https://huggingface.co';

/**
 * The web address behind a model's URI: of the file, or of the repository where the URI names no file. `HF_ENDPOINT` and
 * `MODEL_ENDPOINT` move the hub, as for node-llama-cpp.
 */
export function modelAddress(uri: string, env: NodeJS.ProcessEnv = process.env): string {
  const match = /^(?:hf|huggingface):(?:\/\/)?([^/]+\/[^/:#]+)(?:\/([^#]+))?/i.exec(uri);
  if (match === null) return uri;
  const [, repository, file] = match;
  const hub = (env['HF_ENDPOINT'] || env['MODEL_ENDPOINT'] || DEFAULT_HUB).replace(/\/+$/, '');
  if (file === undefined) return `${hub}/${repository}`;
  const branch = uri.split('#')[1] || 'main';
  return `${hub}/${repository}/resolve/${branch}/${file}`;
}
