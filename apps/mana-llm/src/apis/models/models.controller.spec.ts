import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { Global, type INestApplication, Module } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import type { NextFunction, Request, Response } from 'express';
import type { AddressInfo, Server } from 'node:net';
import { HttpCall, setCall } from '../../call/http-call.js';
import type { CallRecord } from '../../call/call-record.js';
import { poolOf, snapshotOf } from '../../../test/support/routing-parts.js';
import { gatewayConfig } from '../../config/load-configuration.js';
import { SecretRedactor } from '../../logging/secret-redactor.js';
import { ModelRouter } from '../../routing/model-router.js';
import { RoutingModule } from '../../routing/routing.module.js';
import { RoutingTable } from '../../routing/routing-table.js';
import { ModelsController } from './models.controller.js';
import { ModelsModule } from './models.module.js';

const MODEL = { id: 'ollama/hf.co/bartowski/x:q4', object: 'model' as const, created: 1, owned_by: 'ollama', size: 7 };
const provider = new FakeLlmProvider('ollama', { listModels: async () => [MODEL] });
const pool = poolOf([provider]);
const table = {
  current: snapshotOf({ pools: new Map([[pool.name, pool]]) }),
  allEndpoints: () => pool.endpoints,
} as unknown as RoutingTable;

@Global()
@Module({
  providers: [
    { provide: RoutingTable, useValue: table },
    { provide: ModelRouter, useValue: new ModelRouter(table) },
    { provide: gatewayConfig.KEY, useValue: { heartbeatMs: 0 } },
    { provide: SecretRedactor, useValue: new SecretRedactor([]) },
  ],
  exports: [RoutingTable, ModelRouter, gatewayConfig.KEY, SecretRedactor],
})
class SurroundingsModule {}

describe(ModelsController.name, () => {
  let app: INestApplication<Server>;
  let url: string;

  beforeAll(async () => {
    const testing = await Test.createTestingModule({ imports: [SurroundingsModule, ModelsModule] })
      .overrideModule(RoutingModule)
      .useModule(SurroundingsModule)
      .compile();
    app = testing.createNestApplication();
    app.use((request: Request, response: Response, next: NextFunction) => {
      const record: CallRecord = { requestId: 'req-1', method: request.method, route: 'unmatched', startedAtMs: 0 };
      const call = new HttpCall(record, request, response);
      call.admit({ principal: '::1', isKeyChecked: false });
      setCall(request, call);
      next();
    });
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/v1/models`;
  });

  afterAll(() => app.close());

  it('lists the models with every field that the provider told', async () => {
    const response = await fetch(url);

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ object: 'list', data: [MODEL] });
  });

  it.each([
    ['plain', 'ollama/hf.co/bartowski/x:q4'],
    ['URL-encoded', 'ollama%2Fhf.co%2Fbartowski%2Fx%3Aq4'],
    ['half encoded', 'ollama/hf.co%2Fbartowski/x%3Aq4'],
  ])('finds a model by its id, %s', async (_title, id) => {
    const response = await fetch(`${url}/${id}`);

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(MODEL);
  });

  it('is described with its path parameter', () => {
    const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().build());

    expect(Object.keys(paths)).toEqual(['/v1/models', '/v1/models/{id}', '/v1/aliases']);
    expect(paths['/v1/models/{id}']?.get?.parameters).toEqual([
      expect.objectContaining({ name: 'id', in: 'path', required: true }),
    ]);
  });
});
