import { refusalMeaning } from './refusal-meaning.js';
import { unwrapErrorText } from './error-text.js';

const meaningOf = (status: number | undefined, body: unknown) => refusalMeaning(status, unwrapErrorText(body));

/** Who says it, with which status, and the body as it comes. */
type Row = [who: string, status: number | undefined, body: unknown];

const message = (text: string, fields: object = {}) => ({
  error: { message: text, type: 'invalid_request_error', param: null, code: null, ...fields },
});
const google = (code: number, status: string, text: string, details?: object[]) => [
  { error: { code, message: text, status, ...(details === undefined ? {} : { details }) } },
];
const errorInfo = (reason: string) => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'googleapis.com',
});

const MODEL_NOT_FOUND: Row[] = [
  [
    'Groq',
    400,
    message('The model `x` has been decommissioned and is no longer supported. Please refer to the deprecations.', {
      code: 'model_decommissioned',
    }),
  ],
  [
    'Groq, without its code',
    400,
    message('The model `llama-3.2-1b` has been decommissioned and is no longer supported.'),
  ],
  [
    'OpenAI',
    404,
    message('The model `x` does not exist or you do not have access to it.', { code: 'model_not_found' }),
  ],
  [
    'OpenAI, of a project',
    403,
    message('Project `proj_1` does not have access to model `x`', { code: 'model_not_found' }),
  ],
  ['OpenAI, of a project, without its code', 403, message('Project `proj_1` does not have access to model `x`')],
  ['DeepSeek', 400, message('Model Not Exist', { code: 'invalid_request_error' })],
  ['DeepSeek through one-api', 400, message('Model Not Exist (request id: 2024)')],
  ['OpenRouter', 400, { error: { message: 'x/y:free is not a valid model ID', code: 400 }, user_id: 'user_1' }],
  ['Mistral', 400, { object: 'error', message: 'Invalid model: x', type: 'invalid_model', param: null, code: '1500' }],
  ['vLLM', 404, { object: 'error', message: 'The model `x` does not exist.', type: 'NotFoundError', code: 404 }],
  ['vLLM behind a proxy', 400, { object: 'error', message: 'The model `/data/x` does not exist.', code: 400 }],
  ['xAI', 404, { code: 'not-found', error: 'The model x does not exist or your team 1 does not have access to it.' }],
  [
    'Together',
    400,
    message('Unable to access non-serverless model x. Please create a dedicated endpoint.', {
      code: 'model_not_available',
    }),
  ],
  ['Hugging Face', 400, message("The requested model 'x/y' is not supported by any provider you have enabled.")],
  ['GitHub Copilot', 400, message('The requested model is not supported.', { code: 'model_not_supported' })],
  ['SiliconFlow', 400, { code: 20012, message: 'Model does not exist. Please check it carefully.', data: null }],
  ['LiteLLM', 400, message('/chat/completions: Invalid model name passed in model=x. Call `/v1/models` to view them.')],
  [
    'LiteLLM, older',
    400,
    message("400: {'error': 'Invalid model name passed in model=x'}", { type: 'None', code: 400 }),
  ],
  ['llama.cpp', 400, message("model 'x' not found")],
  ['NVIDIA', 410, { title: 'Gone', status: 410, detail: "The model 'x' has reached its end of life on 2026-06-11." }],
  ['an event without a status', undefined, message('No.', { type: null, code: 'model_not_found' })],
];

const RATE_LIMIT: Row[] = [
  [
    'Groq, of the tokens of a minute',
    413,
    message(
      'Request too large for model `x` in organization `org_1` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 12328, please reduce your message size and try again.',
      { type: 'tokens', code: 'rate_limit_exceeded' },
    ),
  ],
  [
    'Groq, without its code',
    413,
    message(
      'Request too large for model `x` in organization `org_1` on tokens per minute (TPM): Limit 6000, Requested 7000.',
    ),
  ],
  ['OpenAI', 400, message('Request too large for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000.')],
  ['a proxy', 400, { detail: 'rate limit exceeded' }],
  ['Cerebras', 400, { message: 'Too many.', type: 'too_many_requests_error', code: 'request_quota_exceeded' }],
  ['Google, with 403', 403, google(403, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).')],
  ['OpenRouter', 400, { error: { message: 'No.', code: 400, metadata: { error_type: 'rate_limit_exceeded' } } }],
  ["Anthropic's event", undefined, { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down.' } }],
];

const QUOTA_SPENT: Row[] = [
  ['OpenAI', 429, message('You exceeded your current quota, please check your plan.', { code: 'insufficient_quota' })],
  ['OpenAI, by its type', 429, message('You exceeded your current quota.', { type: 'insufficient_quota' })],
  ["OpenAI's event", undefined, message('You exceeded your current quota.', { type: 'insufficient_quota' })],
  ['OpenAI, of an account', 429, message('Your account is not active.', { code: 'billing_not_active' })],
  ['Moonshot', 429, message('Your account is suspended.', { type: 'exceeded_current_quota_error' })],
  [
    'xAI',
    429,
    { code: 'x', error: 'Your team 16f2 has either used all available credits or reached its monthly spending limit.' },
  ],
  ['Z.ai', 429, { error: { code: '1113', message: 'Insufficient balance or no resource package. Please recharge.' } }],
  ['Z.ai, for Anthropic', 429, message('[1113][Insufficient balance or no resource package. Please recharge.][2026]')],
  [
    'Anthropic, of a spend limit',
    429,
    {
      type: 'error',
      error: { type: 'rate_limit_error', message: 'No.', details: { error_code: 'enforced_spend_limit_reached' } },
    },
  ],
  ['new-api', 403, message('user quota is not enough', { type: 'new_api_error', code: 'insufficient_user_quota' })],
];

const BILLING: Row[] = [
  [
    'Anthropic',
    400,
    message('Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.'),
  ],
  [
    'Anthropic, of a limit',
    400,
    message('You have reached your specified API usage limits. You will regain access on 2026-04-01.'),
  ],
  [
    'xAI',
    403,
    {
      code: 'permission-denied',
      error: 'Your team 8c26 has either used all available credits or reached its monthly spending limit.',
    },
  ],
  [
    'xAI, of a new team',
    403,
    { code: 'x', error: "Your newly created team doesn't have any credits or licenses yet." },
  ],
  [
    'Fireworks',
    412,
    message(
      'Account x is suspended, possibly due to reaching the monthly spending limit or failure to pay past invoices.',
      {
        code: 'PRECONDITION_FAILED',
      },
    ),
  ],
  ['SiliconFlow', 403, { code: 30001, message: 'Sorry, your account balance is insufficient', data: null }],
  [
    'DashScope',
    400,
    message('Access denied, please make sure your account is in good standing.', { code: 'Arrearage' }),
  ],
  ['BytePlus', 403, message('Access denied due to overdue account')],
  ["OpenRouter, of a key's own limit", 403, { error: { message: 'Key limit exceeded (total limit).', code: 403 } }],
  ['Google', 403, google(403, 'PERMISSION_DENIED', 'No.', [errorInfo('BILLING_DISABLED')])],
  [
    'Google, of a country',
    400,
    google(400, 'FAILED_PRECONDITION', 'Gemini API free tier is not available in your country.'),
  ],
  ["DeepSeek's event", undefined, message('Insufficient Balance', { code: 'invalid_request_error' })],
];

const CREDENTIALS: Row[] = [
  [
    'Google',
    400,
    google(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [errorInfo('API_KEY_INVALID')]),
  ],
  ['Google, by its reason', 400, google(400, 'INVALID_ARGUMENT', 'No.', [errorInfo('API_KEY_INVALID')])],
  ['Google, of an old key', 400, google(400, 'INVALID_ARGUMENT', 'API key expired. Please renew the API key.')],
  ['Google, without a key', 400, google(400, 'INVALID_ARGUMENT', 'Missing or invalid Authorization header.')],
  [
    'Google, with two keys',
    400,
    google(400, 'INVALID_ARGUMENT', 'Multiple authentication credentials received. Please pass only one.'),
  ],
  ['Google, of a place', 400, google(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.')],
  [
    'xAI',
    400,
    { code: 'x', error: 'Incorrect API key provided: na***ys. You can obtain an API key from https://console.x.ai.' },
  ],
  [
    'OpenAI, of a stream',
    400,
    message('Your organization must be verified to stream this model.', { param: 'stream' }),
  ],
  ['OpenAI, of a model', 403, message('Your organization must be verified to use the model `x`.')],
  ['Groq', 400, message('Organization has been restricted.', { code: 'organization_restricted' })],
  ['Groq, of terms', 400, message('The model `x` requires terms acceptance.', { code: 'model_terms_required' })],
  ['Anthropic', 400, message('This organization has been disabled.')],
  ["Anthropic's event", undefined, { type: 'error', error: { type: 'permission_error', message: 'No.' } }],
  ["OpenAI's event", undefined, message('Incorrect API key provided: sk-x.', { code: 'invalid_api_key' })],
  [
    'OpenRouter, for the provider behind it',
    400,
    {
      error: {
        message: 'Provider returned error',
        code: 400,
        metadata: {
          raw: JSON.stringify(google(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.')[0]),
        },
      },
    },
  ],
];

const CAPACITY: Row[] = [
  ['Groq', 498, message('Flex tier capacity exceeded, try again later', { type: 'capacity_exceeded' })],
  ['Groq, with a status alone', 498, {}],
  ['Anthropic', 529, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
  ["Anthropic's event", undefined, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
  ["Moonshot's event", undefined, message('The engine is overloaded.', { type: 'engine_overloaded_error' })],
];

const CONTENT: Row[] = [
  ['xAI', 403, { code: 'permission-denied', error: 'Content violates usage guidelines. ' }],
  [
    'xAI, with its check',
    403,
    {
      code: 'x',
      error: 'Content violates usage guidelines. Team: 1, API key ID: 2, Model: x, Failed check: SAFETY_CHECK_TYPE_BIO',
    },
  ],
  ['DeepSeek', 400, message('Content Exists Risk', { code: 'invalid_request_error' })],
  ['DeepSeek, older', 400, { detail: 'Content Exists Risk' }],
  [
    'OpenRouter',
    403,
    {
      error: {
        code: 403,
        message: 'Your input was flagged.',
        metadata: { reasons: ['violence'], flagged_input: 'Insufficient balance' },
      },
    },
  ],
  [
    'OpenRouter, by its type',
    403,
    { error: { code: 403, message: 'No.', metadata: { error_type: 'content_policy_violation' } } },
  ],
  [
    'Azure',
    400,
    message('The response was filtered.', {
      code: 'content_filter',
      innererror: { code: 'ResponsibleAIPolicyViolation' },
    }),
  ],
  ['DashScope', 400, message('Input data may contain inappropriate content.', { code: 'data_inspection_failed' })],
];

describe(refusalMeaning.name, () => {
  it.each(MODEL_NOT_FOUND)('knows a model that is not there, by %s (%s)', (_who, status, body) => {
    expect(meaningOf(status, body)).toEqual({ status: 404, code: 'model_not_found' });
  });

  it.each(RATE_LIMIT)('knows a limit over time, by %s (%s)', (_who, status, body) => {
    expect(meaningOf(status, body)).toEqual({ status: 429, code: 'rate_limit_exceeded' });
  });

  it.each(QUOTA_SPENT)('knows a quota that is spent, by %s (%s)', (_who, status, body) => {
    expect(meaningOf(status, body)).toEqual({ status: 429, code: 'insufficient_quota' });
  });

  it.each(BILLING)('knows an account without money, by %s (%s)', (_who, status, body) => {
    expect(meaningOf(status, body)).toEqual({ status: 402 });
  });

  it.each(CREDENTIALS)('knows a key or account that is refused, by %s (%s)', (_who, status, body) => {
    expect(meaningOf(status, body)).toEqual({ status: 401 });
  });

  it.each(CAPACITY)('knows a provider without room, by %s (%s)', (_who, status, body) => {
    expect(meaningOf(status, body)).toEqual({ status: 503 });
  });

  it.each(CONTENT)('knows content that is refused, by %s (%s)', (_who, status, body) => {
    expect(meaningOf(status, body)).toEqual({ status: 400, code: 'content_filter' });
  });

  it('knows an event about the server itself', () => {
    expect(meaningOf(undefined, message('The server had an error.', { type: 'server_error' }))).toEqual({
      status: 500,
    });
  });

  it.each<Row>([
    ['an unknown field', 400, message('Unknown parameter: foo', { code: 'unknown_parameter' })],
    ['a prompt that is quoted', 400, message("Invalid value: 'Model Not Exist'. Supported values are: 'text'.")],
    [
      'a prompt about keys',
      422,
      { detail: [{ type: 'string_type', msg: 'Input should be a string', input: 'API key not valid' }] },
    ],
    ['a prompt about money', 400, message('messages[0]: expected an object, got "Insufficient balance"')],
    ['an image', 400, message('The model `x` does not support image input.', { code: 'unsupported_value' })],
    ['a file that is not there', 404, message('File `x` does not exist.', { code: 'file_not_found' })],
    ['too many bytes', 413, { error: { type: 'request_too_large', message: 'Request exceeds the maximum size' } }],
    ['a model for other tasks', 400, message('The requested model is not supported for audio input.')],
    [
      "Google's unknown field",
      400,
      google(400, 'INVALID_ARGUMENT', 'Invalid JSON payload received. Unknown name "x".'),
    ],
    [
      "OpenRouter's provider of a wrong request",
      400,
      { error: { message: 'Provider returned error', code: 400, metadata: { raw: 'No.' } } },
    ],
    ['a bad key, said by its status', 401, message('Incorrect API key provided.', { code: 'invalid_api_key' })],
    [
      'a key that may not, said by its status',
      403,
      { code: 'permission-denied', error: 'Access to the chat endpoint is denied.' },
    ],
    ['a bill, said by its status', 402, message('Insufficient Balance', { type: 'unknown_error' })],
    ['a limit, said by its status', 429, message('Rate limit reached.', { code: 'rate_limit_exceeded' })],
    [
      "Google's limit of a minute",
      429,
      google(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota, please check your plan.'),
    ],
    ['a failure, said by its status', 500, message('The server had an error.', { type: 'server_error' })],
    ['nothing', 400, {}],
    ['no status and nothing', undefined, 'No.'],
  ])('leaves to its status %s (%s)', (_what, status, body) => {
    expect(meaningOf(status, body)).toBeUndefined();
  });
});
