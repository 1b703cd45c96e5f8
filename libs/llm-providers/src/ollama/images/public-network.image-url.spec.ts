import { ImageFetchError, readImageUrl, readRedirectUrl } from './public-network.js';

const FROM = new URL('https://pictures.test/a/b.png?c=d');

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ImageFetchError) return error.message;
    throw error;
  }
  throw new Error('it was not refused');
}

describe(readImageUrl.name, () => {
  it.each([
    ['http://pictures.test/a.png', 'http://pictures.test/a.png'],
    ['HTTPS://Pictures.TEST:443/a.png', 'https://pictures.test/a.png'],
    ['http://pictures.test:80/', 'http://pictures.test/'],
    ['http://pictures.test:443/', 'http://pictures.test:443/'],
    ['https://bücher.test/ä.png', 'https://xn--bcher-kva.test/%C3%A4.png'],
  ])('takes %s', (text, href) => {
    expect(readImageUrl(text).href).toBe(href);
  });

  it.each([
    ['no address', 'http://', /not a valid URL/],
    ['an address with too large a number', 'http://256.256.256.256/a.png', /not a valid URL/],
    ['a broken IPv6 address', 'http://[::1/a.png', /not a valid URL/],
    ['an IPv6 zone', 'http://[fe80::1%25eth0]/a.png', /not a valid URL/],
    ['a user', 'http://user@pictures.test/a.png', /user name or a password/],
    ['a user who looks like a host', 'http://pictures.test@127.0.0.1/', /user name or a password/],
    ['a password', 'https://:secret@pictures.test/a.png', /user name or a password/],
    ['the port of SSH', 'http://pictures.test:22/', /port 80 or 443/],
    ['the port of Redis', 'http://pictures.test:6379/', /port 80 or 443/],
    ['the port of Ollama', 'https://pictures.test:11434/', /port 80 or 443/],
    ['a file', 'file:///etc/passwd', /http:\/\/ or https:\/\//],
    ['FTP', 'ftp://pictures.test/a.png', /http:\/\/ or https:\/\//],
  ])('refuses %s', (_what, text, message) => {
    expect(refusal(() => readImageUrl(text))).toMatch(message);
  });
});

describe(readRedirectUrl.name, () => {
  it.each([
    ['https://elsewhere.test/x', 'https://elsewhere.test/x'],
    ['/x', 'https://pictures.test/x'],
    ['x', 'https://pictures.test/a/x'],
    ['//elsewhere.test/x', 'https://elsewhere.test/x'],
    ['?e=f', 'https://pictures.test/a/b.png?e=f'],
  ])('follows %s', (location, href) => {
    expect(readRedirectUrl(location, FROM).href).toBe(href);
  });

  it.each([
    'http://',
    'http://user@elsewhere.test/',
    'http://elsewhere.test:22/',
    'file:///etc/passwd',
    'ftp://x.test/',
  ])('says of %s no more than that it cannot be fetched', (location) => {
    expect(refusal(() => readRedirectUrl(location, FROM))).toBe(ImageFetchError.unreachable().message);
  });
});
