import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const PATH = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** What a machine of one's own may lack, CI may not. */
const isSkipped = !existsSync(PATH) && !['true', '1'].includes(process.env['CI'] ?? '');

/** `describe` where there is a Chromium, else a skipped one that says what it needs. */
export const describeWithChromium: (title: string, tests: () => void) => void = isSkipped
  ? (title, tests) => describe.skip(`${title} (there is no Chromium: install it, or set CHROMIUM to its path)`, tests)
  : (title, tests) => describe(title, tests);

/** A page is all that it has to load: nothing of Google's, and no sandbox, which needs rights that containers lack. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What hangs is ended by the limit of its test: a busy machine needs longer than Playwright's own limits. */
export async function openPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  return page;
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: PATH, headless: true, args: ARGUMENTS, timeout: 0 });
}
