import { ApiError } from '@mana-llm/openai-api';
import type { ValidationError } from 'class-validator';

interface FirstProblem {
  path: string;
  message: string;
}

function join(parent: string, property: string): string {
  if (/^\d+$/.test(property)) return `${parent}[${property}]`;
  return parent === '' ? property : `${parent}.${property}`;
}

/** class-validator lists last the rule that is declared first, which is about the type; its own about nesting says least. */
function clearest({ nestedValidation, ...constraints }: Record<string, string>): string | undefined {
  return Object.values(constraints).at(-1) ?? nestedValidation;
}

function firstProblem(errors: readonly ValidationError[], parent = ''): FirstProblem | undefined {
  for (const error of errors) {
    const path = join(parent, error.property);
    const message = clearest(error.constraints ?? {});
    if (message !== undefined) return { path, message };
    const inner = firstProblem(error.children ?? [], path);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** 400 for the first field that is wrong: `param` is its path, `messages[2].content[0].type`. */
export function toInvalidRequest(errors: ValidationError[]): ApiError {
  const problem = firstProblem(errors);
  if (problem === undefined) return ApiError.invalidRequest('The request is not valid.');
  return ApiError.invalidRequest(`Invalid value for '${problem.path}': ${problem.message}.`, problem.path);
}
