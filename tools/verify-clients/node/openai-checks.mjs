import { describe } from 'node:test';
import { checkInputs, checkStructuredOutput, checkTexts, checkTools } from './openai-answers.mjs';
import { checkAbort, checkBrokenStreams, checkErrorsBefore } from './openai-faults.mjs';
import { API_KEY, BASE_URL } from './scripted.mjs';

/** The checks of the official client, with its own defaults: two retries, ten minutes. */
export function checkOpenAi(title, OpenAI, zodResponseFormat) {
  const client = new OpenAI({ baseURL: BASE_URL, apiKey: API_KEY });
  describe(title, () => {
    checkTexts(client);
    checkTools(client);
    checkInputs(client);
    checkStructuredOutput(client, zodResponseFormat);
    checkAbort(client);
    checkErrorsBefore(OpenAI, client);
    checkBrokenStreams(OpenAI, client);
  });
}
