import { ValidationError } from 'class-validator';
import { toInvalidRequest } from './to-invalid-request.js';

const problem = (property: string, rest: Partial<ValidationError>): ValidationError =>
  Object.assign(new ValidationError(), { property, ...rest });

describe(toInvalidRequest.name, () => {
  it('is a 400 that names the field', () => {
    const error = toInvalidRequest([problem('model', { constraints: { isString: 'model must be a string' } })]);
    expect(error.status).toBe(400);
    expect(error.body).toEqual({
      error: {
        message: "Invalid value for 'model': model must be a string.",
        type: 'invalid_request_error',
        param: 'model',
        code: null,
      },
    });
  });

  it('writes list positions in brackets and fields with dots', () => {
    const type = problem('type', { constraints: { isString: 'type must be a string' } });
    const content = problem('content', { children: [problem('0', { children: [type] })] });
    const messages = problem('messages', { children: [problem('2', { children: [content] })] });
    expect(toInvalidRequest([messages]).body.error.param).toBe('messages[2].content[0].type');
  });

  it('tells of the first field alone, past those that hold no problem', () => {
    const errors = [
      problem('empty', { children: [problem('0', { children: [] })] }),
      problem('first', { constraints: { isInt: 'first must be an integer' } }),
      problem('second', { constraints: { isInt: 'second must be an integer' } }),
    ];
    expect(toInvalidRequest(errors).body.error).toMatchObject({
      param: 'first',
      message: "Invalid value for 'first': first must be an integer.",
    });
  });

  it.each([
    [
      { max: 'must not be greater than 2', min: 'must not be less than 0', isNumber: 'must be a number' },
      'must be a number',
    ],
    [{ isObject: 'must be an object', nestedValidation: 'must hold objects' }, 'must be an object'],
    [{ nestedValidation: 'must hold objects' }, 'must hold objects'],
  ])('of the broken rules %j tells the clearest', (constraints, expected) => {
    const { message } = toInvalidRequest([problem('x', { constraints })]);
    expect(message).toBe(`Invalid value for 'x': ${expected}.`);
  });

  it('has words for errors that say nothing', () => {
    expect(toInvalidRequest([]).body.error).toMatchObject({ message: 'The request is not valid.', param: null });
  });
});
