import { ApiError, type JsonObject } from '@mana-llm/openai-api';
import { Controller, Delete, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Call } from '../../call/call.js';
import { ResponseStore } from '../../stored-responses/response-store.js';
import { responseOf, type StoredResponse } from '../../stored-responses/stored-response.js';
import { CurrentCall } from '../surface/call.decorator.js';
import { ApiErrors } from '../surface/error-responses.js';
import { SearchParams } from '../surface/search-params.decorator.js';
import { RESPONSE_ERRORS } from './output/response-stream.js';
import { INPUT_ITEMS_SCHEMA, RESPONSE_SCHEMA } from './responses.examples.js';

interface InputItemPage {
  object: 'list';
  data: JsonObject[];
  first_id: string | null;
  last_id: string | null;
  has_more: boolean;
}

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 20;

function limitOf(params: URLSearchParams): number {
  const limit = Number(params.get('limit') ?? DEFAULT_LIMIT);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw ApiError.invalidRequest(`limit must be a whole number from 1 to ${MAX_LIMIT}.`, 'limit');
}

function ordered(items: JsonObject[], params: URLSearchParams): JsonObject[] {
  const order = params.get('order') ?? 'desc';
  if (order !== 'asc' && order !== 'desc') throw ApiError.invalidRequest('order must be asc or desc.', 'order');
  return order === 'asc' ? items : items.toReversed();
}

function toPage(items: JsonObject[], params: URLSearchParams): InputItemPage {
  const limit = limitOf(params);
  const all = ordered(items, params);
  const after = params.get('after');
  const start = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
  if (after !== null && start === 0) throw ApiError.invalidRequest(`after: there is no item '${after}'.`, 'after');
  const data = all.slice(start, start + limit);
  const ids = data.map(({ id }) => String(id));
  return {
    object: 'list',
    data,
    first_id: ids[0] ?? null,
    last_id: ids.at(-1) ?? null,
    has_more: start + limit < all.length,
  };
}

const notFound = (id: string): ApiError => new ApiError(404, `Response with id '${id}' not found.`);

/** Responses that were kept. */
@ApiTags('responses')
@Controller('/v1/responses/:id')
export class StoredResponsesController {
  constructor(private readonly store: ResponseStore) {}

  @Get()
  @ApiOperation({ summary: 'A response that was kept.' })
  @ApiOkResponse({ schema: RESPONSE_SCHEMA })
  @ApiErrors(RESPONSE_ERRORS, 404, 429, 503)
  async get(@Param('id') id: string, @CurrentCall() call: Call): Promise<JsonObject> {
    return responseOf(await this.find(id, call));
  }

  @Delete()
  @ApiOperation({ summary: 'Forget a response.' })
  @ApiOkResponse({ schema: { type: 'object', required: ['id', 'object', 'deleted'] } })
  @ApiErrors(RESPONSE_ERRORS, 404, 429, 503)
  async delete(@Param('id') id: string, @CurrentCall() call: Call): Promise<JsonObject> {
    if (!(await this.store.read(call).delete(id))) throw notFound(id);
    return { id, object: 'response', deleted: true };
  }

  @Get('input_items')
  @ApiOperation({ summary: 'The items that were the input of a response.' })
  @ApiQuery({ name: 'after', required: false, description: 'The last item of the page before.' })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT } })
  @ApiQuery({ name: 'order', required: false, schema: { type: 'string', enum: ['asc', 'desc'] } })
  @ApiOkResponse({ schema: INPUT_ITEMS_SCHEMA })
  @ApiErrors(RESPONSE_ERRORS, 400, 404, 429, 503)
  async inputItems(
    @Param('id') id: string,
    @SearchParams() params: URLSearchParams,
    @CurrentCall() call: Call,
  ): Promise<InputItemPage> {
    return toPage((await this.find(id, call)).input, params);
  }

  private async find(id: string, call: Call): Promise<StoredResponse> {
    const turn = await this.store.read(call).get(id);
    if (turn === undefined) throw notFound(id);
    return turn;
  }
}
