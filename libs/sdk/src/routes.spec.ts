import { type RouteDeclaration, accessRules, routes } from '@app/protocol';
import { routePlaces, tokenUse } from './routes';

const json = (Object.entries(routes) as [string, RouteDeclaration][]).filter(([, { bytes, form }]) => !bytes && !form);

describe('the routes of the client', () => {
  it('are those of the protocol that speak JSON', () => {
    const places = json.map(([name, { method, path }]) => [name, `${method} ${path}`]);
    expect(routePlaces).toEqual(Object.fromEntries(places));
  });

  it('use a token as the protocol says', () => {
    const uses = { none: 'none', refresh: 'once', bearer: undefined, link: undefined };
    for (const [name, { access }] of json) {
      expect([name, (tokenUse as Record<string, string>)[name]]).toEqual([name, uses[accessRules[access].auth]]);
    }
  });
});
