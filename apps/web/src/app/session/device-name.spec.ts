import { browserOf, deviceIdOf, deviceWords } from './device-name';

const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

describe('the name of a device', () => {
  it.each([
    ['Chrome-Linux-3f9a1c', chrome],
    ['Edge-Windows-3f9a1c', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36 Edg/142.0'],
    ['Safari-iPhone-3f9a1c', 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1'],
    ['Firefox-Mac-3f9a1c', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0'],
    ['Chrome-Android-3f9a1c', 'Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36'],
    ['Browser-Web-3f9a1c', 'something else'],
  ])('is %s', (expected, userAgent) => {
    expect(deviceIdOf(userAgent, '3f9a1c')).toBe(expected);
  });

  it('fits the ids that the server takes', () => {
    expect(`${deviceIdOf(chrome, '3f9a1c')}.12`).toMatch(/^[\w.-]{1,64}$/);
  });

  it('is shown in words, whichever tab it is', () => {
    expect(deviceWords('Chrome-Linux-3f9a1c.2')).toBe('Chrome · Linux');
    expect(deviceWords('bot-7')).toBe('bot-7');
    expect(browserOf('Chrome-Linux-3f9a1c.2')).toBe('Chrome-Linux-3f9a1c');
  });
});
