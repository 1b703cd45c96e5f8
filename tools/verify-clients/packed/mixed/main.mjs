import 'reflect-metadata';
import { createRequire } from 'node:module';
import { Controller, Get, Module } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { LlmExceptionFilter, LlmModule, llmToken } from '@mana-llm/client/nestjs';

// An application in ESM with a library in CommonJS: so both forms of the package are in one process. Prints what it found.

const cjs = createRequire(import.meta.url)('@mana-llm/client/nestjs');

/** Of the library: it injects what the ESM module provides, and has a client of its own. */
class ChatController {
  constructor(llm, own) {
    this.llm = llm;
    this.own = own;
  }

  ask() {
    return this.llm.text('Say hello.', { model: 'hello' });
  }

  /** The interceptor that knows the request is the ESM module's. */
  askOwn() {
    return this.own.text('Say hello.', { model: 'mixed' });
  }

  fail() {
    return this.own.text('Say hello.', { model: 'busy' });
  }
}
cjs.InjectLlm()(ChatController, undefined, 0);
cjs.InjectLlm('own')(ChatController, undefined, 1);
Controller()(ChatController);
for (const name of ['ask', 'askOwn', 'fail'])
  Get(name)(ChatController.prototype, name, Object.getOwnPropertyDescriptor(ChatController.prototype, name));

const baseUrl = `${process.env.GATEWAY_URL}/healthy`;

class AppModule {}
Module({
  imports: [
    LlmModule.forRoot({ baseUrl, forwardRequest: true }),
    cjs.LlmModule.forRoot({ baseUrl, name: 'own', forwardRequest: true }),
  ],
  controllers: [ChatController],
  providers: [{ provide: APP_FILTER, useClass: LlmExceptionFilter }],
})(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] });
await app.listen(0, '127.0.0.1');
const get = async (path) => fetch(`${await app.getUrl()}/${path}`, { headers: { 'x-request-id': 'incoming-id' } });
const isTwice = cjs.LlmModule !== LlmModule && cjs.llmToken() === llmToken();
const ask = await (await get('ask')).text();
await get('askOwn');
const { status } = await get('fail');
console.log(JSON.stringify({ isTwice, ask, status }));
await app.close();
