import { isJsonObject } from '@mana-llm/openai-api';
import { SECTION_RULE } from './section.js';
import { settingRule } from './setting-rule.js';

/** A part of the file whose keys the user chooses. */
export function IsMapping(of: string): PropertyDecorator {
  return settingRule(SECTION_RULE, isJsonObject, `a mapping of ${of}`);
}
