import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { requireReachable } from './require-reachable.js';

describe(requireReachable.name, () => {
  let server: Server;
  let origin: string;

  beforeEach(async () => {
    server = createServer((request, response) => {
      response.statusCode = Number(request.url?.slice(1));
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each([200, 302])('takes status %d for a model that is there', async (status) => {
    await expect(requireReachable(`${origin}/${status}`)).resolves.toBeUndefined();
  });

  it('names the status of a model that is not there', async () => {
    await expect(requireReachable(`${origin}/404`)).rejects.toThrow(/^127\.0\.0\.1:\d+ answers 404/);
  });

  it('names a host that does not answer', async () => {
    server.close();
    await once(server, 'close');
    await expect(requireReachable(origin)).rejects.toThrow(/^127\.0\.0\.1:\d+ cannot be reached$/);
  });
});
