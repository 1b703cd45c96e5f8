import { Transform } from 'class-transformer';

/** How the text of a variable becomes its value; a text that means nothing stays, for the rule to refuse. */
export function ReadAs(read: (text: string) => unknown): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? read(value) : value));
}
