import { type ActionDeclaration, frameErrors } from './action';
import { actions, isActionName } from './actions';
import { routes } from './routes';

describe('the actions', () => {
  it('are known by their own names only', () => {
    expect(Object.keys(actions).every(isActionName)).toBe(true);
    expect(['constructor', 'toString', '__proto__', 'hasOwnProperty', 'Send', ''].some(isActionName)).toBe(false);
  });

  it('name no code that any frame may get anyway', () => {
    const common: readonly string[] = frameErrors;
    for (const { errors } of Object.values(actions) as ActionDeclaration[])
      expect(errors.filter((code) => common.includes(code))).toEqual([]);
  });

  it('that write to a log take from the send buckets', () => {
    const names = Object.entries(actions).filter(([, { limit }]) => limit === 'send');
    expect(names.map(([name]) => name)).toEqual(['send', 'recall', 'edit']);
  });
});

describe('the routes', () => {
  it('have one place each', () => {
    const places = Object.values(routes).map(({ method, path }) => `${method} ${path}`);
    expect(new Set(places).size).toBe(places.length);
  });

  it('read whole numbers from the query, and refuse what is none', () => {
    const { query } = routes.history;
    expect(query?.parse({ convId: 'group:g', afterSeq: '0', limit: '200' })).toEqual({ convId: 'group:g', afterSeq: 0, limit: 200 });
    expect(query?.parse({ convId: 'group:g' })).toEqual({ convId: 'group:g', limit: 50 });
    for (const limit of ['', ' 1', '1.0', '1e2', '-1', '0x1', '201', '9'.repeat(17)]) {
      expect(query?.safeParse({ convId: 'group:g', limit }).success).toBe(false);
    }
  });

  it('that are twins of actions take and answer the same', () => {
    for (const name of ['send', 'read', 'delivered', 'recall'] as const) {
      expect(routes[name].body).toBe(actions[name].input);
      expect(routes[name].output).toBe(actions[name].output);
    }
  });
});
