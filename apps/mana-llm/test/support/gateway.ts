import type { Type } from '@nestjs/common';
import { startBuiltGateway } from './built-gateway.js';
import { startInProcessGateway } from './in-process-gateway.js';
import { writeConfigFile } from './config-file.js';

export interface GatewayOptions {
  env?: Record<string, string>;
  /** The text of the configuration file; without it there is none. */
  yaml?: string;
  /** Always the built service in a process of its own; `logs` works only there. */
  isBuilt?: boolean;
  /** The root module, where it is not the app's own. Such a gateway runs in this process. */
  root?: () => Promise<Type>;
}

/** A running gateway. Specs speak HTTP to it, so that they hold for every way it is run. */
export interface Gateway {
  readonly url: string;
  /** The log lines so far, each a JSON object. */
  logs(): Record<string, unknown>[];
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

// Drain at once: no balancer has to notice that a test ends.
const TEST_ENVIRONMENT = { NODE_ENV: 'test', HOST: '127.0.0.1', PORT: '0', DRAIN_GRACE: '0' };

/**
 * The real app on a free port: in this process, or, where `MANA_LLM_E2E_NODE` names a Node binary, the built service run by it.
 */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const config = await writeConfigFile(options.yaml ?? '');
  const env = { ...TEST_ENVIRONMENT, MANA_LLM_CONFIG: config.path, ...options.env };
  const node = process.env['MANA_LLM_E2E_NODE'];
  try {
    const isHere = options.root !== undefined || (node === undefined && !options.isBuilt);
    const gateway = await (isHere ? startInProcessGateway(env, options.root) : startBuiltGateway(env));
    return { ...gateway, stop: () => gateway.stop().finally(() => config.remove()) };
  } catch (error) {
    await config.remove();
    throw error;
  }
}
