import { looksLikeText, dispositionOf, typeOf } from './mime';

describe('the type of a file', () => {
  it.each([
    ['image/png', 'image/png', 'image/png'],
    ['IMAGE/PNG; charset=x', 'image/png', 'image/png'],
    ['image/jpg', 'image/jpeg', 'image/jpeg'],
    ['image/png', 'image/apng', 'image/apng'],
    ['audio/mp3', 'audio/mpeg', 'audio/mpeg'],
    ['audio/webm;codecs=opus', 'video/webm', 'audio/webm'],
    ['audio/mp4', 'video/mp4', 'audio/mp4'],
    ['audio/mp4', 'audio/x-m4a', 'audio/mp4'],
    ['video/quicktime', 'video/mp4', 'video/quicktime'],
    ['audio/ogg; codecs=opus', 'audio/ogg; codecs=opus', 'audio/ogg'],
    ['application/pdf', 'application/pdf', 'application/pdf'],
    ['application/octet-stream', 'image/png', 'image/png'],
    ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'application/zip', expect.stringMatching(/document$/)],
    ['application/java-archive', 'application/zip', 'application/zip'],
  ])('%s, found as %s: %s', (declared, found, type) => {
    expect(typeOf(declared, found, false)).toEqual(type);
  });

  it.each([
    ['image/png', undefined],
    ['image/png', 'application/zip'],
    ['image/png', 'application/xml'],
    ['image/png', 'image/jpeg'],
    ['image/svg+xml', 'application/zip'],
    ['video/mp4', 'video/webm'],
    ['audio/mpeg', 'application/x-msdownload'],
  ])('%s, found as %s, contradicts itself', (declared, found) => {
    expect(typeOf(declared, found, false)).toBeUndefined();
  });

  it('is that of harmless text as declared, and of other text that of bytes', () => {
    for (const harmless of ['text/plain', 'text/csv', 'application/json']) {
      expect(typeOf(harmless, undefined, true)).toBe(harmless);
      // Words that begin as a bitmap does.
      expect(typeOf(harmless, 'image/bmp', true)).toBe(harmless);
      expect(typeOf(harmless, 'image/bmp', false)).toBe('image/bmp');
      expect(typeOf(harmless, 'audio/mpeg', false)).toBe(harmless);
    }
    for (const other of ['text/html', 'application/xhtml+xml', 'text/javascript', 'image/svg+xml', 'application/x-httpd-php'])
      expect(typeOf(other, undefined, true)).toBe('application/octet-stream');
  });
});

describe('text', () => {
  it('is what UTF-8 makes of bytes, with a character that is cut in the end', () => {
    const bytes = new TextEncoder().encode('one\ttwo\r\n三🍣');
    for (let end = bytes.length; end > bytes.length - 4; end--) expect(looksLikeText(bytes.subarray(0, end))).toBe(true);
    expect(looksLikeText(Uint8Array.of(0x41, 0))).toBe(false);
    expect(looksLikeText(Uint8Array.of(0x41, 0xff, 0x42))).toBe(false);
  });
});

describe('what a browser is told to do with a file', () => {
  it.each(['image/png', 'image/webp', 'audio/mpeg', 'video/mp4'])('is to show it: %s', (mimeType) => {
    expect(dispositionOf({ name: 'a', mimeType })).toMatch(/^inline;/);
  });

  it.each(['image/svg+xml', 'text/html', 'application/xml', 'application/pdf', 'text/plain', 'application/octet-stream', 'image/tiff'])(
    'is to keep it: %s',
    (mimeType) => {
      expect(dispositionOf({ name: 'a', mimeType })).toMatch(/^attachment;/);
    },
  );

  it.each([
    ['a.png', `filename="a.png"; filename*=UTF-8''a.png`],
    ['Übersicht 5%.png', `filename="_bersicht 5_.png"; filename*=UTF-8''%C3%9Cbersicht%205%25.png`],
    [`"x";y='z'(*).png`, `filename="_x_;y='z'(*).png"; filename*=UTF-8''%22x%22%3By%3D%27z%27%28%2A%29.png`],
    ['🍣', `filename="__"; filename*=UTF-8''%F0%9F%8D%A3`],
  ])('names it in ASCII, and whole: %s', (name, names) => {
    const disposition = dispositionOf({ name, mimeType: 'image/png' });
    expect(disposition).toBe(`inline; ${names}`);
    expect(disposition).toMatch(/^[\x20-\x7e]+$/);
  });

  // In the address of a redirection it is encoded once more, and Nginx passes headers of 4 KiB on.
  it.each([
    ['中'.repeat(251), /%E4%B8%AD\.png$/],
    ['🍣'.repeat(125), /%F0%9F%8D%A3\.png$/],
    ['a'.repeat(251), /''a{251}\.png$/],
  ])('names it so that a proxy passes it on: %s', (name, end) => {
    const disposition = dispositionOf({ name: `${name}.png`, mimeType: 'image/png' });
    expect(encodeURIComponent(disposition).length).toBeLessThan(3_000);
    expect(disposition).toMatch(end);
  });
});
