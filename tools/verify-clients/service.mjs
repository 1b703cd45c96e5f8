import { startGateway } from '../../bench/gateway-process.mjs';
import { startScriptedUpstream } from './upstream/scripted-upstream.mjs';

const API_KEY = 'verify-clients';
/** Each refusal is asked for once; the breakers stay closed, whatever the tests break. */
const YAML = 'routing: { retries: 0, breaker: { failures: 1000000 } }\n';

/** The built service on a free port, the provider `scripted` behind it, and what tests need to know of both. */
export async function startService() {
  const upstream = await startScriptedUpstream();
  const env = { API_KEYS: API_KEY, DRAIN_GRACE: '0' };
  const gateway = await startGateway({ urls: { scripted: upstream.url }, yaml: YAML, env });
  return {
    env: { MANA_LLM_URL: gateway.url, MANA_LLM_API_KEY: API_KEY, SCRIPTED_UPSTREAM_URL: upstream.url },
    stop() {
      gateway.child.kill('SIGKILL');
      upstream.stop();
    },
  };
}
