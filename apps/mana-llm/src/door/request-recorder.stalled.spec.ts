import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { Response } from 'express';
import { cutStalledClient } from './request-recorder.js';

/** More than the buffers of the kernel hold. */
const LARGE = Buffer.alloc(32 * 1024 * 1024);

describe(cutStalledClient.name, () => {
  let server: Server;
  let client: Socket;

  const request = async (stalledMs: number): Promise<ServerResponse> => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
    client.pause();
    client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
    cutStalledClient(response as Response, stalledMs);
    return response;
  };

  afterEach(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });

  it('cuts a client that takes nothing of a stream', async () => {
    const response = await request(50);
    const frames = new PassThrough();
    frames.pipe(response);
    frames.write(LARGE);
    await once(response, 'close');
    expect(response.writableFinished).toBe(false);
  });

  it('cuts a client that takes nothing of a finished answer', async () => {
    const response = await request(50);
    // Node calls an answer finished that was cut after its end was written; a connection that is kept alive tells.
    const { socket } = response;
    response.end(LARGE);
    await once(response, 'close');
    expect(socket?.destroyed).toBe(true);
  });

  it('leaves a stream alone that has nothing to say', async () => {
    const response = await request(20);
    const frames = new PassThrough();
    frames.pipe(response);
    frames.write('first');
    await once(response, 'timeout');
    frames.end('last');
    await once(response, 'close');
    expect(response.writableFinished).toBe(true);
  });

  it('waits for a client that goes on reading, and leaves the time between two requests to the server', async () => {
    const response = await request(10_000);
    const { socket } = response;
    response.end(LARGE);
    client.resume();
    await once(response, 'close');
    expect(response.writableFinished).toBe(true);
    expect(socket?.timeout).toBeGreaterThanOrEqual(server.keepAliveTimeout);
    expect(socket?.timeout).toBeLessThan(10_000);
  });
});
