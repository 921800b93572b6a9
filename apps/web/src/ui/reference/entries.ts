import type { Action, Protocol, Route, Schema, ServerEvent } from '../requests/documents';

/** A page of the reference. */
export type Entry =
  | { readonly kind: 'action'; readonly name: string; readonly of: Action }
  | { readonly kind: 'event'; readonly name: string; readonly of: ServerEvent }
  | { readonly kind: 'route'; readonly name: string; readonly of: Route }
  | { readonly kind: 'object'; readonly name: string; readonly of: Schema }
  | { readonly kind: 'codes'; readonly name: 'errors' | 'close' };

/** Where the page of an entry is, under /ui. */
export const placeOf = ({ kind, name }: Pick<Entry, 'kind' | 'name'>): string => `/reference/${kind}/${encodeURIComponent(name)}`;

/** Every page that there is. */
export function entriesOf({ actions, events, routes, schemas }: Protocol): Entry[] {
  return [
    { kind: 'codes', name: 'errors' },
    { kind: 'codes', name: 'close' },
    ...actions.map((of): Entry => ({ kind: 'action', name: of.name, of })),
    ...events.map((of): Entry => ({ kind: 'event', name: of.name, of })),
    ...Object.entries(schemas).map(([name, of]): Entry => ({ kind: 'object', name, of })),
    ...routes.map((of): Entry => ({ kind: 'route', name: of.name, of })),
  ];
}

/** The entries in which every word of a text is found: in their names, in what is said of them, and in the names of their fields. */
export function found(entries: readonly Entry[], text: string): readonly Entry[] {
  const wanted = text.trim().toLowerCase().split(/\s+/);
  return entries.filter((entry) => {
    const words = (entry.kind === 'codes' ? entry.name : JSON.stringify([entry.name, entry.of])).toLowerCase();
    return wanted.every((word) => words.includes(word));
  });
}
