const MAX_MESSAGE_LENGTH = 2_000;

/**
 * A provider's text, fit for a client: without URLs and socket addresses (they name hosts of our network), without what looks
 * like a key or names the gateway's account (OpenAI's and Groq's `org_...`, xAI's `team <UUID>`), and of bounded length.
 */
export function redactAddresses(text: string, maxLength = MAX_MESSAGE_LENGTH): string {
  // Bounded before it is searched, too: a text of megabytes is no message.
  const redacted = text
    .slice(0, 4 * maxLength)
    .replace(/\b(?:https?|wss?):\/\/[^\s"'<>)]+/gi, '[address]')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '[address]')
    .replace(/\[[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}\](?::\d+)?/gi, '[address]')
    .replace(/\blocalhost:\d+\b/gi, '[address]')
    .replace(/\b(?:sk|csk|pk|gsk|xai|tgp|hf|fw)[-_][\w.*-]{6,}/g, '[key]')
    .replace(/\bkey[-_](?=[\w.*-]*\d)[\w.*-]{6,}|\bAIza[\w-]{10,}|\bBearer\s+[\w.*+/=-]{6,}/g, '[key]')
    .replace(/\b(?:org|proj)[-_](?=\w*\d)\w{6,}/g, '[account]')
    .replace(/\b(team|API key ID)(:? )[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi, '$1$2[account]');
  return redacted.length > maxLength ? `${redacted.slice(0, maxLength)}…` : redacted;
}
