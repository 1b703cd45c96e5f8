import OpenAI from 'openai-7';
import * as formats from 'openai-7/helpers/zod';
import { checkOpenAi } from './openai-checks.mjs';

checkOpenAi('openai 7', OpenAI, formats);
