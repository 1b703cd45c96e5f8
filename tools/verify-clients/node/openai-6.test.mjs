import OpenAI from 'openai-6';
import * as formats from 'openai-6/helpers/zod';
import { checkOpenAi } from './openai-checks.mjs';

checkOpenAi('openai 6', OpenAI, formats);
