import { UpstreamError } from '@mana-llm/llm-providers';
import { latch } from '@mana-llm/llm-providers/testing';
import { ApiError } from '@mana-llm/openai-api';
import {
  B,
  EmbeddingScene,
  expectVectors,
  NOW_MS,
  settled,
  useEmbeddingClock,
} from '../../../test/support/embedding-scene.js';
import { CandidateUnavailableError } from '../../routing/endpoints/unavailability.js';
import { ItemCalls } from './item-calls.js';

describe(ItemCalls.name, () => {
  let scene: EmbeddingScene;

  useEmbeddingClock();
  beforeEach(() => {
    scene = new EmbeddingScene();
  });

  it('shares one call among 1,000 equal requests', async () => {
    const all = await Promise.all(Array.from({ length: 1000 }, () => scene.embed(['a', 'b'])));
    expect(scene.sent).toHaveLength(1);
    expect(all.filter(({ result }) => result === 'coalesced')).toHaveLength(999);
    all.forEach(({ list }) => expectVectors(list, ['a', 'b']));
    expect(all.reduce((sum, { list }) => sum + list.usage.prompt_tokens, 0)).toBe(2);
  });

  it('waits for items that others asked for and asks for the rest at once', async () => {
    const held = latch();
    scene.answers.push(scene.whenOpened(held));
    const first = scene.embed(['a', 'b']);
    await settled();
    const second = scene.embed(['b', 'c']);
    await settled();
    expect(scene.sent).toEqual([{ input: ['a', 'b'] }, { input: ['c'] }]);
    held.open();
    expectVectors((await first).list, ['a', 'b']);
    const { list, result } = await second;
    expect(result).toBe('miss');
    expectVectors(list, ['b', 'c']);
    expect(list.usage.prompt_tokens).toBe(1);
  });

  it('fails all who wait for a call with its error, and asks anew afterwards', async () => {
    const error = new UpstreamError('down', { provider: 'ollama', kind: 'connection_failed' });
    const fails = latch();
    scene.answers.push(
      scene.whenOpened(fails, () => {
        throw error;
      }),
    );
    const asked = [scene.embed(['a', 'b']), scene.embed(['a', 'b']), scene.embed(['b'])];
    const ends = Promise.allSettled(asked);
    await settled();
    fails.open();
    expect((await ends).map((end): unknown => (end.status === 'rejected' ? end.reason : undefined))).toEqual([
      error,
      error,
      error,
    ]);
    expect(scene.sent).toHaveLength(1);
    expect(scene.store.entries.size).toBe(0);
    expect((await scene.embed(['b'])).result).toBe('miss');
  });

  it('fails equal requests with a refusal, and asks on its own where another batch was refused', async () => {
    const refusal = ApiError.invalidRequest('input[0] is too long', 'input[0]');
    const fails = latch();
    scene.answers.push(
      scene.whenOpened(fails, () => {
        throw refusal;
      }),
    );
    const equal = [scene.embed(['long', 'b']), scene.embed(['long', 'b'])];
    const ends = Promise.allSettled(equal);
    const other = scene.embed(['b']);
    await settled();
    fails.open();
    expect(await ends).toEqual([
      { status: 'rejected', reason: refusal },
      { status: 'rejected', reason: refusal },
    ]);
    expectVectors((await other).list, ['b']);
    expect(scene.sent).toEqual([{ input: ['long', 'b'] }, { input: ['b'] }]);
  });

  it.each<[string, Error, boolean]>([
    [
      'asks on its own where a provider finds another’s text too long',
      new UpstreamError('Too long.', { provider: 'p', kind: 'refused', status: 400, code: 'context_length_exceeded' }),
      true,
    ],
    ['does not ask a full server anew', new CandidateUnavailableError('p/m', 'queue_full', 1_000), false],
  ])('%s', async (_what, error, isAskedAnew) => {
    const fails = latch();
    scene.answers.push(
      scene.whenOpened(fails, () => {
        throw error;
      }),
    );
    const first = scene.embed(['long', 'b']).catch((thrown: unknown) => thrown);
    const other = scene.embed(['b']).then(
      () => true,
      (thrown: unknown) => thrown,
    );
    await settled();
    fails.open();
    expect(await first).toBe(error);
    expect(await other).toBe(isAskedAnew ? true : error);
    expect(scene.sent).toHaveLength(isAskedAnew ? 2 : 1);
  });

  it('goes on for the others, and stores, when the one who asked first leaves', async () => {
    const held = latch();
    scene.answers.push(scene.whenOpened(held));
    const leader = new AbortController();
    const first = scene.embed('a', { signal: leader.signal });
    await settled();
    const second = scene.embed('a');
    leader.abort(new Error('left'));
    await expect(first).rejects.toThrow('left');
    expect(scene.signals[0]?.aborted).toBe(false);
    held.open();
    expectVectors((await second).list, ['a']);
    expect((await scene.embed('a')).result).toBe('hit');
    expect(scene.sent).toHaveLength(1);
  });

  it('stops the call when the last one has left, and the next request asks anew', async () => {
    scene.answers.push(scene.whenOpened(latch()));
    const leavers = [new AbortController(), new AbortController()];
    const ends = Promise.allSettled(leavers.map(({ signal }) => scene.embed('a', { signal })));
    await settled();
    leavers.forEach((leaver) => leaver.abort(new Error('left')));
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(scene.signals[0]?.aborted).toBe(true);
    expect((await scene.embed('a')).result).toBe('miss');
  });

  it('asks for the whole batch anew when items that others asked for come from another model', async () => {
    const held = latch();
    scene.answers.push(scene.whenOpened(held, (request) => ({ ...scene.answer(request), model: B })));
    const first = scene.embed(['a']);
    await settled();
    const second = scene.embed(['a', 'b']);
    await settled();
    held.open();
    await first;
    expectVectors((await second).list, ['a', 'b']);
    expect(scene.sent).toEqual([{ input: ['a'] }, { input: ['b'] }, { input: ['a', 'b'] }]);
  });

  it('leaves a caller at its own limit while the others wait on', async () => {
    const held = latch();
    scene.answers.push(scene.whenOpened(held));
    const impatient = scene.embed('a', { limits: { deadlineAtMs: NOW_MS + 100 } });
    const patient = scene.embed('a');
    const refused = expect(impatient).rejects.toMatchObject({ kind: 'timeout' });
    await settled();
    await jest.advanceTimersByTimeAsync(200);
    await refused;
    held.open();
    expectVectors((await patient).list, ['a']);
    expect(scene.sent).toHaveLength(1);
  });

  it('asks nothing anew for a caller whose time is over while another’s call brings a part of its batch', async () => {
    const held = latch();
    scene.answers.push(scene.whenOpened(held));
    const patient = scene.embed('a');
    await settled();
    const refused = expect(scene.embed(['a', 'b'], { limits: { deadlineAtMs: NOW_MS + 100 } })).rejects.toMatchObject({
      kind: 'timeout',
    });
    await settled();
    await jest.advanceTimersByTimeAsync(200);
    await refused;
    held.open();
    await patient;
    expect(scene.sent.map(({ input }) => input)).toEqual(['a', ['b']]);
  });
});
