import type { AddressInfo } from 'node:net';
import type { ConfigType } from '@nestjs/config';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ConfigurationError } from './config/configuration-mistake.js';
import { gatewayConfig, loadConfiguration } from './config/load-configuration.js';
import { warnOfOpenAccess } from './config/settings/warnings.js';
import { Drain } from './drain/drain.js';
import { RunningRequests } from './drain/drain-state.js';
import { GatewayLogger } from './logging/gateway-logger.js';
import { redactText } from './logging/secret-redactor.js';

/** Why the service did not start, in words for a terminal: a list of mistakes, a taken port, or the error itself. */
function explain(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  const { code, port, address, hostname } = error as Partial<Record<'code' | 'port' | 'address' | 'hostname', string>>;
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken. Set PORT to a free one, or stop the process that listens there.`;
  if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL')
    return `HOST ${hostname ?? address} is no address of this machine. Set HOST to one that is, or leave it out.`;
  if (code === 'EACCES') return `Port ${port} may not be used by this user. Set PORT to one above 1023.`;
  return redactText(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

/**
 * The first signal drains the process and ends it with exit code 0; the second one ends it at once. After an uncaught error the
 * state of the process is unknown: it drains too, so that each running stream gets its end, and ends with exit code 1.
 */
function stopWhenTold(app: NestExpressApplication, logger: GatewayLogger): void {
  let isStopping = false;
  let exitCode = 0;
  const stop = async (why: string): Promise<void> => {
    isStopping = true;
    try {
      await app.get(Drain).run({ withGrace: why !== 'SIGINT' });
      await app.close();
      logger.line('info', 'stopped', { signal: why });
    } catch (error) {
      exitCode = 1;
      logger.error(error);
    }
    process.exit(exitCode);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(1);
      void stop(signal);
    });
  }
  // An unhandled rejection comes here too (https://nodejs.org/api/process.html#event-uncaughtexception).
  process.on('uncaughtException', (error, origin) => {
    exitCode = 1;
    logger.line('fatal', 'uncaught error: the process drains and ends', {
      origin,
      running: app.get(RunningRequests).ids.join(' '),
    });
    logger.fatal(error);
    if (!isStopping) void stop(origin);
  });
}

/** Starts the service and logs in one line where it listens. A failure goes to standard error, with exit code 1. */
export async function startApp(createApp: () => Promise<NestExpressApplication>): Promise<void> {
  try {
    const app = await createApp();
    const config: ConfigType<typeof gatewayConfig> = app.get(gatewayConfig.KEY);
    const logger = app.get(GatewayLogger);
    stopWhenTold(app, logger);
    await app.listen(config.port, config.host);
    const { port } = app.getHttpServer().address() as AddressInfo;
    const warnings = [...loadConfiguration(process.env).warnings, ...warnOfOpenAccess({ ...config, port })];
    for (const warning of warnings) logger.warn(warning);
    logger.line('info', 'listening', { port, host: config.host });
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
}
