import { accessRules, routes } from '@app/protocol';
import { routePlaces, tokenUse } from './routes';

describe('the routes of the client', () => {
  it('are those of the protocol', () => {
    const places = Object.entries(routes).map(([name, { method, path }]) => [name, `${method} ${path}`]);
    expect(routePlaces).toEqual(Object.fromEntries(places));
  });

  it('use a token as the protocol says', () => {
    const uses = { none: 'none', refresh: 'once', bearer: undefined };
    for (const [name, { access }] of Object.entries(routes)) {
      expect([name, (tokenUse as Record<string, string>)[name]]).toEqual([name, uses[accessRules[access].auth]]);
    }
  });
});
