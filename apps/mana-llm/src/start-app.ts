import type { AddressInfo } from 'node:net';
import type { ConfigType } from '@nestjs/config';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ConfigurationError } from './config/configuration-error.js';
import { gatewayConfig } from './config/gateway.config.js';
import { loadConfiguration } from './config/load-configuration.js';
import { Drain } from './drain/drain.js';
import { GatewayLogger } from './logging/gateway-logger.js';

/** Why the service did not start, in words for a terminal: a list of mistakes, a taken port, or the error itself. */
function explain(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  const { code, port, address, hostname } = error as Partial<Record<'code' | 'port' | 'address' | 'hostname', string>>;
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken. Set PORT to a free one, or stop the process that listens there.`;
  if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL')
    return `HOST ${hostname ?? address} is no address of this machine. Set HOST to one that is, or leave it out.`;
  if (code === 'EACCES') return `Port ${port} may not be used by this user. Set PORT to one above 1023.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The first signal drains and then ends the process, 0; the second ends it at once. */
function stopOnSignals(app: NestExpressApplication, logger: GatewayLogger): void {
  let isStopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    await app.get(Drain).run({ withGrace: signal === 'SIGTERM' });
    await app.close();
    logger.line('info', 'stopped', { signal });
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(1);
      isStopping = true;
      stop(signal).catch((error: unknown) => {
        logger.error(error);
        process.exit(1);
      });
    });
  }
}

/** Starts the service and says in one line where it listens; a failure is told on standard error, exit code 1. */
export async function startApp(createApp: () => Promise<NestExpressApplication>): Promise<void> {
  try {
    const app = await createApp();
    const config: ConfigType<typeof gatewayConfig> = app.get(gatewayConfig.KEY);
    const logger = app.get(GatewayLogger);
    stopOnSignals(app, logger);
    await app.listen(config.port, config.host);
    const { port } = app.getHttpServer().address() as AddressInfo;
    for (const warning of loadConfiguration(process.env).warnings) logger.warn(warning);
    logger.line('info', 'listening', { port, host: config.host });
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
}
