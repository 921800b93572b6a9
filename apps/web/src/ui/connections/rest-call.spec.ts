import { addressOf, initOf } from './rest-call';

describe('a REST call', () => {
  it('has its parameters in the path and its query behind it', () => {
    expect(
      addressOf({ method: 'GET', path: '/api/groups/{id}/members', params: { id: 'a/b' }, query: { limit: 5, ids: ['x', 'y'] } }),
    ).toBe('/api/groups/a%2Fb/members?limit=5&ids=x%2Cy');
  });

  it('shows what is missing in its path, and leaves out what is missing in its query', () => {
    expect(addressOf({ method: 'GET', path: '/api/users/{id}', params: { id: '' }, query: { cursor: undefined } })).toBe('/api/users/{id}');
  });

  it('has a JSON body only where there is one', () => {
    expect(initOf({ method: 'POST', path: '/', body: { a: 1 } })).toEqual({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    });
    expect(initOf({ method: 'GET', path: '/' })).toEqual({ method: 'GET', headers: {} });
  });

  it('uploads a file as it is, or in a form with the other fields', () => {
    const file = new File(['hello'], 'a.txt');
    expect(initOf({ method: 'PUT', path: '/', takes: 'bytes', file }).body).toBe(file);
    const form = initOf({ method: 'POST', path: '/', takes: 'form', body: { convId: 'group:g', file: '' }, file }).body as FormData;
    expect([...form.keys()]).toEqual(['convId', 'file']);
  });
});
