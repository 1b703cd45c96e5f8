import { isJsonObject } from '@mana-llm/openai-api';
import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { settingRule } from './setting-rule.js';

export const SECTION_RULE = 'section';

/** A part of the file with keys of its own, which `sectionClass` describes; it may be left out. */
export function Section(sectionClass: new () => object): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    settingRule(SECTION_RULE, isJsonObject, 'a mapping of keys to values'),
    ValidateNested(),
    Type(() => sectionClass),
  );
}
