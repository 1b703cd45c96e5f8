import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsNumber, IsOptional, Max, Min } from 'class-validator';
import { upwards } from './string-checks.js';

/** An optional number of a request within these bounds, checked and described. */
export function NumberField(minimum: number, maximum: number): PropertyDecorator {
  const describe = ApiPropertyOptional({ type: Number, nullable: true, minimum, maximum });
  return upwards(Max(maximum), Min(minimum), IsNumber(), IsOptional(), describe);
}

/** An optional whole number of a request, checked and described. Without `maximum` it has no upper bound. */
export function IntegerField(minimum: number, maximum?: number): PropertyDecorator {
  const bounds = maximum === undefined ? { minimum } : { minimum, maximum };
  const describe = ApiPropertyOptional({ type: 'integer', nullable: true, ...bounds });
  const limit = maximum === undefined ? [] : [Max(maximum)];
  return upwards(...limit, Min(minimum), IsInt(), IsOptional(), describe);
}
