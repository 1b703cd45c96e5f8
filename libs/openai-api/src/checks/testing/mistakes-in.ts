import { type ClassConstructor, plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';

function paths(errors: ValidationError[], parent = ''): string[] {
  return errors.flatMap(({ property, constraints, children = [] }) => {
    const inArray = /^\d+$/.test(property);
    const path = inArray ? `${parent}[${property}]` : [parent, property].filter((part) => part !== '').join('.');
    return [...(constraints === undefined ? [] : [path]), ...paths(children, path)];
  });
}

/** The paths of the wrong fields of a request, found as the service finds them: the JSON read, unknown fields allowed. */
export function mistakesIn(dto: ClassConstructor<object>, body: unknown): string[] {
  const sent: unknown = JSON.parse(JSON.stringify(body));
  return paths(validateSync(plainToInstance<object, unknown>(dto, sent), { forbidUnknownValues: false }));
}
