import assert from 'node:assert/strict';
import { it } from 'node:test';

/** What `@Sse` sends. */
function readEvents(text) {
  const events = text.split('\n\n').filter((event) => event.trim() !== '');
  return events.map((event) => ({
    name: /^event: (.*)$/m.exec(event)?.[1],
    data: /^data: (.*)$/m.exec(event)?.[1],
  }));
}

/** Up to the first piece of the answer; before it Nest sends an empty line. */
async function readFirstEvent(response) {
  const reader = response.body.getReader();
  let text = '';
  while (!text.includes('data: ')) text += Buffer.from((await reader.read()).value).toString();
}

function checkWhole(readEventsOf) {
  it('streams a text by @Sse', async () => {
    const events = await readEventsOf('/chat/stream?model=hello');
    assert.deepEqual(
      events.map(({ data }) => data),
      ['Hel', 'lo'],
    );
  });

  it('streams chunks by @Sse', async () => {
    const events = await readEventsOf('/chat/chunks?model=hello');
    const deltas = events.map(({ data }) => JSON.parse(data).choices[0].delta.content ?? '');
    assert.equal(deltas.join(''), 'Hello');
  });

  it('ends a whole stream of message events with done', async () => {
    const events = await readEventsOf('/chat/events?model=hello');
    assert.deepEqual(
      events.map(({ data }) => data),
      ['Hel', 'lo', '[DONE]'],
    );
    assert.equal(events.at(-1).name, 'done');
  });
}

function checkBroken(readEventsOf) {
  it('tells the reader of a stream that it broke', async () => {
    const events = await readEventsOf('/chat/stream?model=cut');
    assert.deepEqual(
      events.map(({ name }) => name),
      [undefined, undefined, 'error'],
    );
  });

  for (const [model, code] of [
    ['cut', 'stream_broken'],
    ['busy', 'queue_full'],
  ]) {
    it(`ends a stream of message events with the error ${code}`, async () => {
      const { name, data } = (await readEventsOf(`/chat/events?model=${model}`)).at(-1);
      assert.equal(name, 'error');
      assert.equal(JSON.parse(data).error.code, code);
    });
  }
}

export function checkStreams(bench) {
  const readEventsOf = async (path) => {
    const response = await bench.get(path);
    assert.match(response.headers.get('content-type'), /^text\/event-stream/);
    return readEvents(await response.text());
  };
  checkWhole(readEventsOf);
  checkBroken(readEventsOf);

  it('ends the request to the gateway when the reader of a stream leaves', async () => {
    const leaving = new AbortController();
    await readFirstEvent(await bench.get('/chat/stream?model=endless', { signal: leaving.signal }));
    leaving.abort();
    await bench.gateway.asked('endless')[0].closed;
  });
}
