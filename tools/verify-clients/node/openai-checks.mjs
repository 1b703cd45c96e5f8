import { describe } from 'node:test';
import { checkInputs, checkStructuredOutput, checkTexts, checkTools } from './openai-answers.mjs';
import { checkAbort, checkBrokenStreams, checkErrorsBefore } from './openai-faults.mjs';
import { checkConversations, checkResponses } from './openai-responses.mjs';
import { checkBrokenResponses, checkResponsesAbort, checkResponsesErrorsBefore } from './openai-responses-faults.mjs';
import { API_KEY, BASE_URL } from './scripted.mjs';

/** The checks of the official client, with its own defaults: two retries, ten minutes. `formats` is its `helpers/zod`. */
export function checkOpenAi(title, OpenAI, formats) {
  const client = new OpenAI({ baseURL: BASE_URL, apiKey: API_KEY });
  describe(title, () => {
    checkTexts(client);
    checkTools(client);
    checkInputs(client);
    checkStructuredOutput(client, formats);
    checkAbort(client);
    checkErrorsBefore(OpenAI, client);
    checkBrokenStreams(OpenAI, client);
    checkResponses(client, formats);
    checkConversations(client);
    checkResponsesAbort(client);
    checkResponsesErrorsBefore(OpenAI, client);
    checkBrokenResponses(OpenAI, client);
  });
}
