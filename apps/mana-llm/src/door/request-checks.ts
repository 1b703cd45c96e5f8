import { ApiError, ExactInteger, isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, type ValidationArguments } from 'class-validator';

export type DtoClass = new () => object;

type RuleMetadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

interface Mistake {
  /** `messages[2].content[0].type`; a part of it inside the object that is being checked. */
  path: string;
  message: string;
}

/** Says what is wrong with a value; undefined: nothing is. */
type Rule = (object: object, value: unknown) => string | undefined;

interface CheckedField {
  name: string;
  /** Neither undefined nor null is checked. */
  isOptional: boolean;
  conditions: readonly ((object: object, value: unknown) => boolean)[];
  /** In the order of their messages: the rule that is declared first is about the type. */
  rules: readonly Rule[];
  /** The rules of the object, or of each object of the list, that the field holds. */
  nested?: { fields: readonly CheckedField[]; message: string };
}

const CONSTRAINT = /\$constraint(\d+)/g;

const toText = (constraint: unknown): string =>
  Array.isArray(constraint) ? constraint.join(', ') : String(constraint);

/** A message of class-validator with its tokens replaced. */
function fillIn(message: string, { property, constraints }: ValidationArguments): string {
  return message
    .replace(CONSTRAINT, (_token, position: string) => toText(constraints[Number(position) - 1]))
    .replaceAll('$property', property);
}

function toRules(metadata: RuleMetadata): Rule[] {
  const { propertyName: property, constraints = [], each: isEach, message, target } = metadata;
  const targetName = typeof target === 'string' ? target : target.name;
  return getMetadataStorage()
    .getTargetValidatorConstraints(metadata.constraintCls)
    .map(({ instance }) => (object, value) => {
      const args = { targetName, property, object, value, constraints };
      const isGood = (one: unknown): boolean => instance.validate(one, args) === true;
      if (isEach && Array.isArray(value) ? value.every(isGood) : isGood(value)) return undefined;
      const own = typeof message === 'function' ? message(args) : message;
      return fillIn(own || (instance.defaultMessage?.(args) ?? ''), args);
    });
}

/** For an item of a list that is not an object. For a field alone its own rules say so. */
const nestedMessage = ({ message }: RuleMetadata): string => (typeof message === 'string' ? message : '');

/** class-transformer cannot be asked for the type of a field: what it makes of an empty object shows it. */
function dtoOf(type: DtoClass, name: string): DtoClass {
  const made = (plainToInstance(type, { [name]: {} }) as JsonObject)[name] as object;
  return made.constructor as DtoClass;
}

function toField(type: DtoClass, name: string, metadata: readonly RuleMetadata[]): CheckedField {
  const of = (kind: string): RuleMetadata[] => metadata.filter((rule) => rule.type === kind);
  const conditions = of('conditionalValidation');
  const [nested] = of('nestedValidation');
  return {
    name,
    isOptional: conditions.some((condition) => condition.name === 'isOptional'),
    conditions: conditions
      .filter((condition) => condition.name !== 'isOptional')
      .map((condition) => condition.constraints[0] as (object: object, value: unknown) => boolean),
    rules: [...of('isDefined'), ...of('customValidation')].reverse().flatMap(toRules),
    ...(nested && { nested: { fields: checkedFields(dtoOf(type, name)), message: nestedMessage(nested) } }),
  };
}

const fieldsByClass = new Map<DtoClass, readonly CheckedField[]>();

/** The rules of a DTO, read once from what its decorators gave to class-validator. */
function checkedFields(type: DtoClass): readonly CheckedField[] {
  const known = fieldsByClass.get(type);
  if (known !== undefined) return known;
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  const names = [...new Set(rules.map(({ propertyName }) => propertyName))];
  const fields = names.map((name) =>
    toField(
      type,
      name,
      rules.filter(({ propertyName }) => propertyName === name),
    ),
  );
  fieldsByClass.set(type, fields);
  return fields;
}

const inside = (place: string, mistake: Mistake | undefined): Mistake | undefined =>
  mistake && { ...mistake, path: place + mistake.path };

function checkNested(value: unknown, { fields, message }: NonNullable<CheckedField['nested']>): Mistake | undefined {
  if (!Array.isArray(value)) return inside('.', checkObject(value as JsonObject, fields));
  for (let index = 0; index < value.length; index += 1) {
    const item: unknown = value[index];
    if (!isJsonObject(item)) return { path: `[${index}]`, message };
    const mistake = checkObject(item, fields);
    if (mistake !== undefined) return inside(`[${index}].`, mistake);
  }
  return undefined;
}

function checkField(object: JsonObject, field: CheckedField): Mistake | undefined {
  const sent = object[field.name];
  if (field.isOptional && (sent === undefined || sent === null)) return undefined;
  // For the rules it is a number.
  const value = sent instanceof ExactInteger ? Number(sent) : sent;
  for (const condition of field.conditions) if (!condition(object, value)) return undefined;
  for (const rule of field.rules) {
    const message = rule(object, value);
    if (message !== undefined) return { path: '', message };
  }
  return field.nested === undefined ? undefined : checkNested(value, field.nested);
}

/** The first mistake; nothing after it is checked. */
function checkObject(object: JsonObject, fields: readonly CheckedField[]): Mistake | undefined {
  for (const field of fields) {
    const mistake = checkField(object, field);
    if (mistake !== undefined) return inside(field.name, mistake);
  }
  return undefined;
}

/**
 * Throws 400 for the first field of a body that breaks a rule of its DTO: `param` is its path. The rules and their messages are
 * class-validator's; its own executor takes 30 to 70 us for each message and goes through all of them after the first mistake.
 */
export function checkRequest(type: DtoClass, body: JsonObject): void {
  const mistake = checkObject(body, checkedFields(type));
  if (mistake === undefined) return;
  throw ApiError.invalidRequest(`Invalid value for '${mistake.path}': ${mistake.message}.`, mistake.path);
}
