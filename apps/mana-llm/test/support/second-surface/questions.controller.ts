import { Body, Controller } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString } from 'class-validator';
import type { Observable } from 'rxjs';
import { AnswerService } from '../../../src/answers/answer.service.js';
import { CurrentCall } from '../../../src/apis/surface/call.decorator.js';
import { ApiErrors } from '../../../src/apis/surface/error-responses.js';
import { EventStreams } from '../../../src/apis/surface/event-streams.js';
import { JsonAnswer, StreamAnswer } from '../../../src/apis/surface/stream-versioning.js';
import type { Surface } from '../../../src/apis/surface/surface.module.js';
import type { Call } from '../../../src/call/call.js';
import { answerParts, type QuestionAnswer, QUESTION_ERRORS, toAnswer, toChatRequest } from './question-answer.js';

export const QUESTIONS_SURFACE: Surface = { path: '/v1/questions', body: 'json', errors: QUESTION_ERRORS };

export class Question {
  @ApiProperty()
  @IsString()
  question!: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  who?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsBoolean()
  stream?: boolean;
}

@ApiTags('chat')
@Controller(QUESTIONS_SURFACE.path)
export class QuestionsController {
  constructor(
    private readonly answers: AnswerService,
    private readonly streams: EventStreams,
  ) {}

  @JsonAnswer()
  @ApiOperation({ summary: 'Answer a question.' })
  @ApiBody({ type: Question })
  @ApiOkResponse({ schema: { type: 'object' } })
  @ApiErrors(QUESTIONS_SURFACE.errors, 404, 415, 422, 429, 502, 504)
  async answer(@Body() question: Question, @CurrentCall() call: Call): Promise<QuestionAnswer> {
    return toAnswer(await this.answers.complete(toChatRequest(question), call));
  }

  @StreamAnswer()
  async stream(@Body() question: Question, @CurrentCall() call: Call): Promise<Observable<never>> {
    const stream = await this.answers.openStream(toChatRequest(question), call);
    return this.streams.send(call, stream, { toFrames: answerParts(), errors: QUESTION_ERRORS });
  }
}
