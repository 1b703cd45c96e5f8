import { EventEmitter, once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Response } from 'express';
import { socketReader } from './socket-reader.js';

class FakeResponse extends EventEmitter {
  writableNeedDrain = true;
  destroyed = false;
}

describe(socketReader.name, () => {
  let response: FakeResponse;

  beforeEach(() => {
    response = new FakeResponse();
  });

  const whenReady = (): Promise<void> | undefined => socketReader(response as unknown as Response, 1000).whenReady();

  it('keeps up while the socket takes everything', () => {
    response.writableNeedDrain = false;
    expect(whenReady()).toBeUndefined();
  });

  it('holds nobody back for a client that is gone', () => {
    response.destroyed = true;
    expect(whenReady()).toBeUndefined();
  });

  it.each(['drain', 'close'])('is ready again at %s, and listens no longer', async (event) => {
    const ready = whenReady();
    expect(ready).toBeInstanceOf(Promise);
    response.emit(event);
    await ready;
    expect(response.listenerCount('drain') + response.listenerCount('close')).toBe(0);
  });

  it('is not ready before', async () => {
    const ready = whenReady()?.then(() => 'ready');
    await expect(Promise.race([ready, Promise.resolve('waiting')])).resolves.toBe('waiting');
  });

  describe('over a socket', () => {
    const exchange = async (run: (response: ServerResponse, client: ReturnType<typeof connect>) => Promise<void>): Promise<void> => {
      const server = createServer();
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
      client.pause();
      client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
      const [, serverResponse] = (await once(server, 'request')) as [unknown, ServerResponse];
      try {
        await run(serverResponse, client);
      } finally {
        client.destroy();
        server.closeAllConnections();
        server.close();
      }
    };

    /** More than the buffers of the kernel hold. */
    const fill = (serverResponse: ServerResponse): void => {
      for (let count = 0; count < 32; count += 1) serverResponse.write(Buffer.alloc(1024 * 1024));
    };

    it('cuts a client that takes nothing for too long', async () => {
      await exchange(async (serverResponse) => {
        fill(serverResponse);
        await socketReader(serverResponse as Response, 50).whenReady();
        expect(serverResponse.destroyed).toBe(true);
      });
    });

    it('waits for a client that goes on reading, and leaves no timeout behind', async () => {
      await exchange(async (serverResponse, client) => {
        fill(serverResponse);
        const ready = socketReader(serverResponse as Response, 10_000).whenReady();
        expect(ready).toBeInstanceOf(Promise);
        client.resume();
        await ready;
        expect(serverResponse.destroyed).toBe(false);
        expect(serverResponse.socket?.timeout).toBe(0);
      });
    });
  });
});
