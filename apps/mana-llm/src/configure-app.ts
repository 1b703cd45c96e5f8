import type { Server } from 'node:http';
import { subscribeGuarded } from '@mana-llm/llm-providers';
import type { ConfigType } from '@nestjs/config';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { streamVersioning } from './apis/surface/stream-versioning.js';
import type { GatewayConfig } from './config/configuration.js';
import { gatewayConfig } from './config/gateway.config.js';
import { OpenAiExceptionFilter } from './apis/surface/openai-exception.filter.js';
import { apiKeyGuard } from './door/api-key-guard.js';
import { answerClientErrors, refuseUnmetHttp } from './door/client-errors.js';
import { corsOptions } from './door/cors-options.js';
import { hostGuard } from './door/host-guard.js';
import { type BodyLimits, jsonBody } from './door/json-body.js';
import { protectedPaths } from './door/protected-paths.js';
import { requestRecorder } from './door/request-recorder.js';
import { DrainState } from './drain/drain-state.js';
import { RunningRequests } from './drain/running-requests.js';
import { UnchangedBodyPipe } from './apis/surface/unchanged-body.pipe.js';
import { GatewayLogger } from './logging/gateway-logger.js';
import { logRequest } from './call/request-log.js';
import type { RequestRecord } from './call/request-record.js';
import { SecretRedactor } from './logging/secret-redactor.js';
import { countRequest } from './door/count-request.js';
import { GatewayMetrics } from './metrics/gateway-metrics.js';
import { configureOpenApi } from './apis/docs/configure-openapi.js';
import { ModelRouter } from './routing/model-router.js';
import { RoutingTable } from './routing/routing-table.js';

/** Under a balancer's 60 s an idle connection must not be closed by us while a request is on its way. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

const BODY_PATHS = ['/v1/chat/completions', '/v1/embeddings'];

function bodyLimits({ bodyLimitBytes, bodiesInFlightBytes, jsonDepth, jsonValues }: GatewayConfig): BodyLimits {
  return {
    maxBytes: bodyLimitBytes,
    maxBytesInFlight: bodiesInFlightBytes,
    maxDepth: jsonDepth,
    maxValues: jsonValues,
  };
}

/** Everything that stands before and around the routes, in the order in which a request meets it. */
export function configureApp(app: NestExpressApplication): void {
  const config: ConfigType<typeof gatewayConfig> = app.get(gatewayConfig.KEY);
  const logger = app.get(GatewayLogger);
  const metrics = app.get(GatewayMetrics);
  const onStart = (): void => metrics.requestStarted();
  // Called by events of sockets: what it throws would end the process.
  const onEnd = (record: RequestRecord): void => {
    for (const tell of [() => countRequest(metrics, record), () => logRequest(logger, record)]) {
      try {
        tell();
      } catch (error) {
        logger.error(error);
      }
    }
  };

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
  app.use(BODY_PATHS, jsonBody(bodyLimits(config)));
  app.enableVersioning(streamVersioning);
  app.useGlobalPipes(new UnchangedBodyPipe());
  app.useGlobalFilters(new OpenAiExceptionFilter(app.get(SecretRedactor)));
  configureOpenApi(app);
  const server: Server = app.getHttpServer();
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  answerClientErrors(server, { onStart, onEnd });
}
