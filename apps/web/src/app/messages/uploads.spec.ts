import { safeName } from './file-name';
import { kindOf } from './uploads';

describe('a file that is sent', () => {
  it.each([
    ['image/png', 'image'],
    ['image/svg+xml', 'file'],
    ['image/tiff', 'file'],
    ['video/mp4', 'video'],
    ['audio/ogg', 'voice'],
    ['application/pdf', 'file'],
    ['', 'file'],
  ])('of the type %j is shown as %s', (type, kind) => expect(kindOf(type)).toBe(kind));

  it('has a name that the server takes', () => {
    expect(safeName('a.png')).toBe('a.png');
    expect(safeName('../a\\b\n.png')).toBe('.._a_b_.png');
    expect(safeName('photo\u202egpj.exe')).toBe('photo_gpj.exe');
    expect(['', '.', '..'].map(safeName)).toEqual(['file', 'file', 'file']);
  });

  it('keeps the end of a long name, and cuts no sign in two', () => {
    const name = safeName(`${'😀'.repeat(300)}.pdf`);
    expect(name.length).toBeLessThanOrEqual(255);
    expect(name.endsWith('.pdf')).toBe(true);
    expect(name.isWellFormed()).toBe(true);
  });
});
