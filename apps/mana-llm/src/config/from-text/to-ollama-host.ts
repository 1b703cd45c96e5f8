const OLLAMA_PORT = '11434';
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };

/** Where a server listens on all addresses, it is called by its own machine's. */
function toCalledHost(host: string): string {
  return ['', '0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

/**
 * The URL that `OLLAMA_HOST` means, read as Ollama reads it
 * (https://github.com/ollama/ollama/blob/main/envconfig/config.go, `Host`): `0.0.0.0`, `:8080`, `gpu:11434`,
 * `https://ollama.example.com`. A port that is none is the default.
 */
export function toOllamaHost(text: string): string {
  const unquoted = text.replace(/^["' ]+|["' ]+$/g, '');
  const [, scheme = 'http', rest = ''] = /^(?:(\w+):\/\/)?(.*)$/s.exec(unquoted) ?? [];
  const defaultPort = unquoted.includes('://') ? (DEFAULT_PORTS[scheme] ?? OLLAMA_PORT) : OLLAMA_PORT;
  const [authority = '', ...path] = rest.split('/');
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::([^:]*))?$/.exec(authority) ?? [];
  // An address of IPv6 without brackets has no port.
  const host = bracketed ?? plain ?? authority;
  const suffix = path.join('/') === '' ? '' : `/${path.join('/')}`;
  return `${scheme}://${toCalledHost(host)}:${isPort(port) ? port : defaultPort}${suffix}`;
}
