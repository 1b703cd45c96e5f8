import { toOllamaHost } from './urls.js';

describe(toOllamaHost.name, () => {
  it.each([
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['0.0.0.0:8080', 'http://127.0.0.1:8080'],
    [':8080', 'http://127.0.0.1:8080'],
    ['::', 'http://127.0.0.1:11434'],
    ['[::]:8080', 'http://127.0.0.1:8080'],
    ['::1', 'http://[::1]:11434'],
    ['gpu', 'http://gpu:11434'],
    ['gpu:1234', 'http://gpu:1234'],
    ['gpu:99999', 'http://gpu:11434'],
    ['http://gpu', 'http://gpu:80'],
    ['https://ollama.example.com', 'https://ollama.example.com:443'],
    ['https://ollama.example.com/inner/', 'https://ollama.example.com:443/inner/'],
    ['"0.0.0.0"', 'http://127.0.0.1:11434'],
  ])('reads %s as %s', (text, url) => {
    expect(toOllamaHost(text)).toBe(url);
  });
});
