import type { FakeFaults } from '@mana-llm/client/testing';
import type { Browser, Locator, Page } from 'playwright-core';
import { describeWithChromium, launchChromium, openPage } from '../../../tools/browser/chromium.js';
import { ExampleBackend } from './example-backend.js';

describeWithChromium('the page in Chromium', () => {
  let backend: ExampleBackend;
  let browser: Browser;
  let page: Page;
  let answer: Locator;
  let status: Locator;

  beforeAll(async () => {
    [backend, browser] = await Promise.all([ExampleBackend.start(), launchChromium()]);
  });
  beforeEach(async () => {
    page = await openPage(browser);
    await page.goto(backend.url);
    [answer, status] = [page.locator('#answer'), page.locator('#status')];
  });
  afterEach(async () => {
    await page.close();
    backend.fake.reset();
  });
  afterAll(async () => {
    await browser.close();
    await backend.stop();
  });

  async function ask(prompt: string): Promise<void> {
    await page.getByRole('textbox').fill(prompt);
    await page.getByRole('button', { name: 'Ask' }).click();
  }
  /** The page adds each piece as a node of its own. */
  const pieces = (): Promise<unknown> =>
    page.evaluate(`Array.from(document.querySelector('#answer').childNodes, ({ textContent }) => textContent)`);

  /** Waits for the end of an answer of this kind, and gives what the page says of it. */
  async function ended(state: string): Promise<string | null> {
    await page.locator(`#status[data-state=${state}]`).waitFor();
    return status.textContent();
  }

  it('adds one piece after the other, and says that the answer is whole', async () => {
    backend.fake.onChat('blue').streams(['Light', ' is', ' scattered.'], { delayMs: 50 });
    await ask('Why is the sky blue?');
    expect(await ended('whole')).toBe('The answer is whole.');
    expect(await pieces()).toEqual(['Light', ' is', ' scattered.']);
    expect(backend.fake.chats.map(({ text }) => text)).toEqual(['Why is the sky blue?']);
  });

  it('shows a piece while the answer goes on, and stops the model when the user presses Stop', async () => {
    backend.fake.onChat().fails('stall', { pieces: ['Once upon'] });
    await ask('Tell me a long story.');
    await answer.getByText('Once upon').waitFor();
    expect(await status.textContent()).toBe('The model answers ...');
    await page.getByRole('button', { name: 'Stop' }).click();
    await backend.fake.chats[0]!.gone;
    expect(await ended('incomplete')).toBe('This answer is incomplete. You stopped it.');
    expect(await answer.textContent()).toBe('Once upon');
  });

  it('stops the model when the user leaves the page', async () => {
    backend.fake.onChat().fails('stall', { pieces: ['Once upon'] });
    await ask('Tell me a long story.');
    await answer.getByText('Once upon').waitFor();
    await page.goto('about:blank');
    await backend.fake.chats[0]!.gone;
  });

  it('keeps what came of an answer that broke, and says that it is incomplete', async () => {
    backend.fake.onChat().fails('cut', { pieces: ['Once', ' upon'] });
    await ask('Tell me a story.');
    expect(await ended('incomplete')).toBe('This answer is incomplete. The answer broke off. Ask again.');
    expect(await answer.textContent()).toBe('Once upon');
  });

  it('keeps what came when its own connection breaks, and does not ask again by itself', async () => {
    backend.fake.onChat().fails('stall', { pieces: ['Once upon'] });
    await ask('Tell me a long story.');
    await answer.getByText('Once upon').waitFor();
    backend.breakConnections();
    expect(await ended('incomplete')).toBe('This answer is incomplete. The connection to this site broke. Ask again.');
    await backend.fake.chats[0]!.gone;
    expect(await answer.textContent()).toBe('Once upon');
    expect(backend.fake.chats).toHaveLength(1);
  });

  it.each<[FakeFaults['status'], string]>([
    [{ status: 429 }, 'Too many ask at once. Ask again in a minute.'],
    [{ status: 503 }, 'No model answers. Ask again in a minute.'],
    [{ status: 400, code: 'context_length_exceeded' }, 'The question is too long for the model. Make it shorter.'],
    [{ status: 404, message: 'There is no model x.' }, 'There is no model x.'],
  ])('says what to do where there was no answer: %j', async (fault, advice) => {
    backend.fake.onChat().fails('status', fault);
    await ask('Hi');
    expect(await ended('failed')).toBe(advice);
  });

  it('asks once for each question, also after an end', async () => {
    backend.fake.onChat('one').fails('cut');
    backend.fake.onChat('two').replies('Two.');
    await ask('one');
    await ended('incomplete');
    await ask('two');
    await ended('whole');
    expect(await answer.textContent()).toBe('Two.');
    expect(backend.fake.chats.map(({ text }) => text)).toEqual(['one', 'two']);
  });
});
