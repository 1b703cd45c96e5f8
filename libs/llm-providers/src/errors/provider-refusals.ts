/** What a refusal means: the status and the code by which the router and the callers decide. Without a code the provider's own stays. */
export interface RefusalMeaning {
  status: number;
  code?: string;
}

/** Faults of the provider or of the gateway's account there. The caller cannot remove them, and another provider may answer. */
const CREDENTIALS: RefusalMeaning = { status: 401 };
const BILLING: RefusalMeaning = { status: 402 };
const QUOTA_SPENT: RefusalMeaning = { status: 429, code: 'insufficient_quota' };
const RATE_LIMIT: RefusalMeaning = { status: 429, code: 'rate_limit_exceeded' };
const MODEL_NOT_FOUND: RefusalMeaning = { status: 404, code: 'model_not_found' };
const CAPACITY: RefusalMeaning = { status: 503 };
const SERVER_ERROR: RefusalMeaning = { status: 500 };
/** A fault of the request. No other provider is asked: that would evade the policy of the first one. */
const CONTENT: RefusalMeaning = { status: 400, code: 'content_filter' };

/** The statuses of a request that is refused; undefined: an error inside a 200 that names none. */
export const REFUSED: readonly (number | undefined)[] = [undefined, 400, 403, 404, 413, 422];

export interface RefusalRow {
  meaning: RefusalMeaning;
  /** Left out: `REFUSED`. */
  statuses?: readonly (number | undefined)[];
  /** Compared with `code`, `type` and what else names the kind of an error. */
  codes?: readonly string[];
  /** Compared with the beginning of the message: the text of a caller may stand further inside. */
  words?: RegExp;
}

const NO_MONEY = new RegExp(
  `^(?:${[
    // Anthropic, 400: https://github.com/anthropics/claude-code/issues/66314 and /38035
    String.raw`Your credit balance is too low\b`,
    String.raw`You have reached your specified (?:workspace )?API usage limits\b`,
    // xAI, 403 and 429: https://github.com/warpdotdev/warp/issues/14863, https://github.com/pajeronda/xai_conversation/issues/7
    String.raw`Your (?:newly created )?team\b.* (?:used all available credits|any credits or licenses)\b`,
    // Fireworks, 412: https://github.com/pollinations/pollinations/issues/12136
    String.raw`Account \S+ is suspended, possibly due to reaching the monthly spending limit\b`,
    // DeepSeek, Z.ai: https://github.com/zai-org/feedback/issues/789
    String.raw`(?:\[\d+\]\[)?Insufficient balance\b`,
    // SiliconFlow, 403: https://docs.siliconflow.com/en/faqs/error-code
    String.raw`Sorry, your account balance is insufficient\b`,
    // BytePlus, 403: https://github.com/RooCodeInc/Roo-Code/issues/12309
    String.raw`Access denied due to overdue account\b`,
    // OpenRouter, 403, a key's own limit: https://github.com/RooCodeInc/Roo-Code/issues/515
    String.raw`Key limit exceeded\b`,
    // Google, 400: https://ai.google.dev/gemini-api/docs/troubleshooting
    String.raw`Gemini API free tier is not available in your country\b`,
  ].join('|')})`,
  'i',
);

const BAD_CREDENTIALS = new RegExp(
  `^(?:${[
    // Google, 400: https://github.com/continuedev/continue/issues/11336, https://github.com/NVIDIA/NemoClaw/issues/2093
    String.raw`API key (?:not valid|expired|not found)\b`,
    String.raw`(?:Missing|Invalid|Missing or invalid) Authorization header\b`,
    String.raw`Multiple authentication credentials received\b`,
    // Google, 400, of the gateway's country: https://github.com/FoundationAgents/OpenManus/issues/803
    String.raw`User location is not supported for the API use\b`,
    // xAI, 400: https://github.com/continuedev/continue/issues/10778
    String.raw`Incorrect API key provided\b`,
    // OpenAI, 400 and 403: https://github.com/continuedev/continue/issues/7129
    String.raw`Your organization must be verified\b`,
    // Anthropic, 400: https://github.com/anthropics/claude-code/issues/72457
    String.raw`This organization has been disabled\b`,
  ].join('|')})`,
  'i',
);

/** A name as `x`, 'x', "x" or plain. */
const NAME = '(?:`[^`]+`|\'[^\']+\'|"[^"]+"|\\S+)';

const NO_SUCH_MODEL = new RegExp(
  `^(?:${[
    // OpenAI, Groq, vLLM, xAI, llama.cpp, Ollama: https://github.com/runpod-workers/worker-vllm/issues/57
    `(?:The )?model ${NAME} (?:does not exist|is not found|not found|has been decommissioned|has been deprecated|has reached its end of life)\\b`,
    // DeepSeek, 400: https://github.com/langbot-app/LangBot/issues/1643; SiliconFlow; Fireworks
    String.raw`Model (?:not exist|does not exist|not found)\b`,
    // OpenRouter, 400: https://github.com/maxnowack/anthropic-proxy/issues/4
    `${NAME} is not a valid model ID\\b`,
    // Hugging Face and GitHub Copilot, 400: https://github.com/cline/cline/issues/5098
    `The requested model (?:${NAME} )?is not supported(?: by any provider\\b|\\.?$)`,
    // Together, 400: https://github.com/HeyPuter/puter/issues/3168
    String.raw`Unable to access (?:non-serverless )?model\b`,
    // LiteLLM, 400: https://github.com/BerriAI/litellm/pull/3142 and /issues/9663
    String.raw`(?:400: \{'error': ['"])?(?:/?[\w/]+: )?Invalid model name passed in\b`,
    // OpenAI, 403: https://github.com/cursor/cursor/issues/2953
    `Project ${NAME} does not have access to model\\b`,
  ].join('|')})`,
  'i',
);

/**
 * Refusals that do not mean what their status says. Each row counts at every provider: the same words come from a server that
 * the operator has named, and through OpenRouter or another gateway. The first row that fits decides.
 */
export const PROVIDER_REFUSALS: readonly RefusalRow[] = [
  // OpenAI: https://platform.openai.com/docs/guides/error-codes; Moonshot: https://platform.moonshot.ai/docs/api/chat;
  // Anthropic: https://learn.microsoft.com/microsoft-cloud/dev/dev-proxy/concepts/anthropic-529-overloaded-error
  {
    meaning: QUOTA_SPENT,
    statuses: [...REFUSED, 429],
    codes: [
      'insufficient_quota',
      'exceeded_current_quota_error',
      'billing_not_active',
      'enforced_spend_limit_reached',
      'insufficient_user_quota',
    ],
  },
  { meaning: QUOTA_SPENT, statuses: [429], words: NO_MONEY },
  // DashScope: https://github.com/tencentmusic/supersonic/issues/1572; Anthropic: https://docs.claude.com/en/api/errors
  {
    meaning: BILLING,
    statuses: [...REFUSED, 412],
    codes: ['billing_hard_limit_reached', 'billing_error', 'insufficient_balance', 'Arrearage', 'BILLING_DISABLED'],
    words: NO_MONEY,
  },
  // xAI, 403, whose code is also that of a bad key: https://github.com/Wei-Shaw/sub2api/pull/5359; DeepSeek, 400:
  // https://github.com/deepseek-ai/awesome-deepseek-integration/issues/13; OpenRouter, 403: https://openrouter.ai/docs/errors;
  // Azure: https://learn.microsoft.com/azure/ai-services/openai/concepts/content-filter; DashScope: https://developer.aliyun.com/ask/578425
  {
    meaning: CONTENT,
    codes: [
      'content_filter',
      'content_policy_violation',
      'flagged_input',
      'data_inspection_failed',
      'DataInspectionFailed',
    ],
    words: /^Content (?:violates usage guidelines|exists risk)\b/i,
  },
  // Groq, 400: https://github.com/songquanpeng/one-api/issues/1764, and terms that the organization has not accepted
  {
    meaning: CREDENTIALS,
    codes: [
      'invalid_api_key',
      'authentication_error',
      'invalid_authentication_error',
      'permission_error',
      'API_KEY_INVALID',
      'organization_restricted',
      'model_terms_required',
    ],
    words: BAD_CREDENTIALS,
  },
  // Groq: https://github.com/atiilla/sqlmap-ai/issues/3; Mistral: https://github.com/tmc/langchaingo/issues/1233; NVIDIA, 410:
  // https://github.com/tashfeenahmed/freellmapi/issues/634
  {
    meaning: MODEL_NOT_FOUND,
    statuses: [...REFUSED, 410],
    codes: ['model_not_found', 'model_decommissioned', 'model_not_available', 'model_not_supported', 'invalid_model'],
    words: NO_SUCH_MODEL,
  },
  // Groq, 413 for the tokens of a minute: https://github.com/continuedev/continue/issues/10218; a 400 with no more than the
  // words: https://github.com/anomalyco/opencode/issues/40241; Cerebras: https://github.com/nminaya/grammar-nazi-bot/issues/958
  {
    meaning: RATE_LIMIT,
    codes: [
      'rate_limit_exceeded',
      'rate_limit_error',
      'rate_limit_reached_error',
      'rate_limited',
      'too_many_requests',
      'too_many_requests_error',
      'RESOURCE_EXHAUSTED',
    ],
    words:
      /^(?:Rate limit (?:exceeded|reached)\b|Request too large for .{1,200} on (?:\w+ )?(?:tokens|requests) per \w+)/i,
  },
  // Groq's flex tier: https://console.groq.com/docs/flex-processing; Anthropic: https://docs.claude.com/en/api/errors
  { meaning: CAPACITY, statuses: [498, 529] },
  {
    meaning: CAPACITY,
    codes: [
      'capacity_exceeded',
      'overloaded',
      'overloaded_error',
      'engine_overloaded',
      'engine_overloaded_error',
      'service_unavailable',
      'UNAVAILABLE',
    ],
  },
  { meaning: SERVER_ERROR, statuses: [undefined], codes: ['server_error', 'internal_server_error', 'api_error'] },
];
