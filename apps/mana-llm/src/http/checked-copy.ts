import { ExactInteger, isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage } from 'class-validator';

type DtoClass = new () => object;

interface CheckedField {
  name: string;
  /** The class of the object, or of each object of the list, that the field holds. */
  dto?: DtoClass;
}

const fieldsByClass = new Map<DtoClass, CheckedField[]>();

/** class-transformer tells nobody the type of a field: what it makes of an empty object shows it. */
function dtoOf(type: DtoClass, name: string): DtoClass | undefined {
  const made = (plainToInstance(type, { [name]: {} }) as JsonObject)[name] as object;
  return made.constructor === Object ? undefined : (made.constructor as DtoClass);
}

function checkedFields(type: DtoClass): CheckedField[] {
  const known = fieldsByClass.get(type);
  if (known !== undefined) return known;
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  const names = [...new Set(rules.map(({ propertyName }) => propertyName))];
  const fields = names.map((name) => ({ name, dto: dtoOf(type, name) }));
  fieldsByClass.set(type, fields);
  return fields;
}

/** A list in a place for an object would be taken for a list of objects: null is refused. */
function copyItem(type: DtoClass, item: unknown): unknown {
  if (isJsonObject(item)) return checkedCopy(type, item);
  return Array.isArray(item) ? null : item;
}

/**
 * The part of a body that its DTO has rules for, as instances that class-validator can check. Everything else stays out of it:
 * class-transformer's own copy walks through megabytes of tokens and schemas, and breaks at a key named `constructor`.
 */
export function checkedCopy<T extends object>(type: new () => T, body: JsonObject): T {
  const copy = new type();
  for (const { name, dto } of checkedFields(type)) {
    if (!Object.hasOwn(body, name)) continue;
    const sent = body[name];
    // The rules are about numbers, and it is one.
    const value = sent instanceof ExactInteger ? Number(sent) : sent;
    const copied =
      dto === undefined
        ? value
        : Array.isArray(value)
          ? value.map((item) => copyItem(dto, item))
          : copyItem(dto, value);
    Object.assign(copy, { [name]: copied });
  }
  return copy;
}
