import OpenAI from 'openai-7';
import { zodResponseFormat } from 'openai-7/helpers/zod';
import { checkOpenAi } from './openai-checks.mjs';

checkOpenAi('openai 7', OpenAI, zodResponseFormat);
