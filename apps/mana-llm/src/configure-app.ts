import type { Server } from 'node:http';
import { subscribeGuarded } from '@mana-llm/llm-providers';
import type { ConfigType } from '@nestjs/config';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { streamVersioning } from './apis/surface/stream-versioning.js';
import type { GatewayConfig } from './config/configuration.js';
import { gatewayConfig } from './config/load-configuration.js';
import { FailureFilter } from './apis/surface/failure.filter.js';
import { Surfaces } from './apis/surface/surface.module.js';
import { apiKeyGuard, protectedPaths } from './door/api-key-guard.js';
import { BodyMemory } from './door/body-memory.js';
import { answerClientErrors } from './door/client-errors.js';
import { corsOptions, hostGuard, refuseUnmetHttp } from './door/host-guard.js';
import { type BodyLimits } from './door/read-body.js';
import { jsonBody } from './door/json-body.js';
import { bodyRefusal } from './door/routes.js';
import { requestRecorder } from './door/request-recorder.js';
import { StartQueue } from './door/start-queue.js';
import { DrainState, RunningRequests } from './drain/drain-state.js';
import { UnchangedBodyPipe } from './apis/surface/unchanged-body.pipe.js';
import { GatewayLogger } from './logging/gateway-logger.js';
import { type CallRecord, countRequest, logRequest } from './call/call-record.js';
import { SecretRedactor } from './logging/secret-redactor.js';
import { GatewayMetrics } from './metrics/gateway-metrics.js';
import { configureOpenApi } from './apis/docs/configure-openapi.js';
import { ModelRouter } from './routing/model-router.js';
import { RoutingTable } from './routing/routing-table.js';

/** Load balancers close an idle connection after 60 s. The gateway must not do so first: a request may be on its way. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

function bodyLimits({ bodyLimitBytes, jsonDepth, jsonValues }: GatewayConfig): BodyLimits {
  return { maxBytes: bodyLimitBytes, maxDepth: jsonDepth, maxValues: jsonValues };
}

/** Counts and logs a request. Events of sockets call it: what it throws would end the process. */
function reportEnd(record: CallRecord, metrics: GatewayMetrics, logger: GatewayLogger): void {
  for (const report of [() => countRequest(metrics, record), () => logRequest(logger, record)]) {
    try {
      report();
    } catch (error) {
      logger.error(error);
    }
  }
}

/** Sets up everything before and around the routes, in the order in which a request meets it. */
export function configureApp(app: NestExpressApplication): void {
  const config: ConfigType<typeof gatewayConfig> = app.get(gatewayConfig.KEY);
  const logger = app.get(GatewayLogger);
  const metrics = app.get(GatewayMetrics);
  const onStart = (): void => metrics.requestStarted();
  const onEnd = (record: CallRecord): void => reportEnd(record, metrics, logger);

  const surfaces = app.get(Surfaces);
  const router = app.get(ModelRouter);
  subscribeGuarded(app.get(RoutingTable).current$, {
    next: () => metrics.knowModels(router.configuredModels()),
    error: (error) => logger.error(error),
  });
  app.useLogger(logger);
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple').set('trust proxy', config.trustProxy);
  app.use(
    requestRecorder({
      running: app.get(RunningRequests),
      drainState: app.get(DrainState),
      stalledClientMs: config.stalledClientMs,
      onStart,
      onEnd,
    }),
  );
  app.use(refuseUnmetHttp);
  if (config.apiKeys.length === 0) app.use(hostGuard(config));
  app.enableCors(corsOptions(config.corsOrigins));
  const guarded = protectedPaths(config.protectedRoutes);
  app.use(guarded, apiKeyGuard(config.apiKeys, { isKeyInQuery: config.isKeyInQuery }));
  const starts = new StartQueue(jsonBody(bodyLimits(config), app.get(BodyMemory), bodyRefusal));
  app.use(surfaces.bodyPaths('json'), starts.handle);
  app.enableVersioning(streamVersioning);
  app.useGlobalPipes(new UnchangedBodyPipe());
  app.useGlobalFilters(new FailureFilter(surfaces, app.get(SecretRedactor)));
  configureOpenApi(app);
  const server: Server = app.getHttpServer();
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  starts.watch(server);
  answerClientErrors(server, { onStart, onEnd, toBody: (failure, url) => surfaces.errorsOf(url).body(failure) });
}
