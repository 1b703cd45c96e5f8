const PROVIDER_STATUS = {
  type: 'string',
  enum: ['healthy', 'unhealthy', 'unknown', 'absent'],
  description: 'absent: an Ollama server that is not configured and has never answered; it does not count',
};

const OVERALL_STATUS = {
  type: 'string',
  enum: ['healthy', 'degraded', 'unhealthy'],
  description: 'degraded: some providers do not work; unhealthy: no provider works',
};

const REPORT_PROPERTIES = {
  status: OVERALL_STATUS,
  service: { type: 'string', enum: ['mana-llm'] },
  version: { type: 'string' },
  providers: {
    type: 'object',
    additionalProperties: {
      type: 'object',
      required: ['status', 'latency_ms'],
      properties: {
        status: PROVIDER_STATUS,
        latency_ms: { type: 'number', nullable: true },
        error: { type: 'string' },
      },
    },
    example: { ollama: { status: 'healthy', latency_ms: 3.2 } },
  },
  redis: {
    type: 'object',
    required: ['status'],
    properties: { status: { type: 'string', enum: ['up', 'degraded', 'absent'] }, reason: { type: 'string' } },
    description: 'The shared cache: degraded while it does not work, absent where none is configured',
  },
};

const INDICATORS = { type: 'object', additionalProperties: true, description: "Terminus's indicators" };

const REPORTED = Object.keys(REPORT_PROPERTIES);

export const HEALTH_SCHEMA = {
  type: 'object',
  required: [...REPORTED, 'info', 'error', 'details'],
  properties: { ...REPORT_PROPERTIES, info: INDICATORS, error: INDICATORS, details: INDICATORS },
};

export const READINESS_SCHEMA = {
  type: 'object',
  required: [...REPORTED, 'ready'],
  properties: { ...REPORT_PROPERTIES, ready: { type: 'boolean' }, reason: { type: 'string' } },
};

export const LIVENESS_SCHEMA = {
  type: 'object',
  required: ['status', 'service', 'version'],
  properties: { status: { type: 'string', enum: ['ok'] }, service: { type: 'string' }, version: { type: 'string' } },
};

const FAILURES = { consecutive_failures: { type: 'integer' }, last_error: { type: 'string', nullable: true } };
const UNIX_SECONDS = { type: 'integer', nullable: true };
const LOAD = {
  in_flight: { type: 'integer', description: 'Requests that run there' },
  queued: { type: 'integer', description: 'Requests that wait for a place' },
};

const COUNTED = [...Object.keys(FAILURES), ...Object.keys(LOAD)];

const ENDPOINT_SCHEMA = {
  type: 'object',
  description: 'One endpoint of the provider',
  required: ['status', 'breaker', ...COUNTED, 'next_try_unix', 'resting_models'],
  properties: {
    status: PROVIDER_STATUS,
    breaker: { type: 'string', enum: ['closed', 'open', 'half_open'] },
    ...FAILURES,
    next_try_unix: { ...UNIX_SECONDS, description: 'When a request is let in again, while the breaker is open' },
    resting_models: {
      type: 'array',
      items: {
        type: 'object',
        required: ['model', 'next_try_unix'],
        properties: {
          model: { type: 'string' },
          next_try_unix: { ...UNIX_SECONDS, description: 'When a request for the model is let in again' },
        },
      },
      description: 'Models that are not asked for a while because they fail, up to 20',
    },
    ...LOAD,
  },
};

export const PROVIDER_HEALTH_SCHEMA = {
  type: 'object',
  required: ['providers', 'configuration'],
  properties: {
    status: OVERALL_STATUS,
    providers: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['status', ...COUNTED, 'last_check_unix', 'unhealthy_until_unix', 'hosts'],
        properties: {
          status: PROVIDER_STATUS,
          ...FAILURES,
          last_check_unix: UNIX_SECONDS,
          unhealthy_until_unix: { ...UNIX_SECONDS, description: 'When it is asked again at the earliest' },
          ...LOAD,
          hosts: { type: 'object', additionalProperties: ENDPOINT_SCHEMA },
        },
      },
    },
    configuration: {
      type: 'object',
      required: ['loaded_unix', 'error', 'failed_unix'],
      properties: {
        loaded_unix: UNIX_SECONDS,
        error: { type: 'string', nullable: true, description: 'What is wrong with a newer file, which is not in use' },
        failed_unix: UNIX_SECONDS,
      },
    },
  },
};
