import { closeCodes as declared, mayReconnect } from '@app/protocol';
import en from '../../i18n/ui.en.json';
import { closeCode, closeCodes } from './close-codes';

describe('the close codes of the console', () => {
  it('are those of the protocol, under its names', () => {
    for (const [name, code] of Object.entries(declared)) {
      expect(closeCode(code)).toEqual({ code, name, comeBack: mayReconnect(code) });
    }
  });

  it('all have a meaning', () => {
    expect(Object.keys(en.ui.close).sort()).toEqual(closeCodes.map(({ name }) => name).sort());
  });
});
