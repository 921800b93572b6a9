import { fieldsOf } from '../connections/fields-of';
import type { LogEntry } from '../connections/frame-log';
import type { CopyWay } from '../widgets/CopyMenu';
import { type CodeContext, type CodeKind, type RouteInput, actionKinds, codeOfAction, codeOfEvent, codeOfRoute, routeKinds } from './code';
import type { Operation, Route } from './documents';
import { useProtocol } from './protocol';

/** What each way is called. */
const codeNames: Readonly<Record<CodeKind, string>> = {
  sdk: 'SDK (TypeScript)',
  ws: 'WebSocket (JavaScript)',
  websocat: 'websocat',
  fetch: 'fetch (JavaScript)',
  curl: 'curl',
};

/** The ways to write a request as code. */
export function waysOfOperation(operation: Operation, value: unknown, context: CodeContext): CopyWay[] {
  if (operation.kind === 'action') {
    return actionKinds.map((kind) => ({ name: codeNames[kind], text: () => codeOfAction(kind, operation.name, value, context) }));
  }
  return routeKinds.map((kind) => ({ name: codeNames[kind], text: () => codeOfRoute(kind, operation, value as RouteInput, context) }));
}

/** The ways to write what a line of a log says as code: what asks for it again, or what listens to it. */
export function waysOf({ kind, direction, title, value, answers }: LogEntry, token: string | undefined): CopyWay[] {
  const context = { origin: location.origin, token };
  const json = { name: 'JSON', text: () => JSON.stringify(value, null, 2) };
  if (kind === 'rest') {
    const route = routeAt(answers ?? title);
    return route && direction === 'out' ? [...waysOfOperation(route.route, { ...route.input, body: value }, context), json] : [json];
  }
  if (kind === 'socket') return [json];
  if (direction === 'out') {
    const { data } = fieldsOf(value);
    return [...actionKinds.map((way) => ({ name: codeNames[way], text: () => codeOfAction(way, title, data ?? {}, context) })), json];
  }
  return answers === undefined && title !== 'error' ? [{ name: codeNames.sdk, text: () => codeOfEvent(title, context) }, json] : [json];
}

/** Where a line of a log can go from here: its page in the reference, and the form in which it can be sent again. */
export interface Onward {
  /** Under /ui. */
  readonly page?: string;
  readonly form?: { readonly key: string; readonly value: unknown };
}

/** Where a line of a log can go from here. */
export function onwardOf({ kind, direction, title, value, answers }: LogEntry): Onward {
  const { protocol } = useProtocol.getState();
  if (!protocol) return {};
  if (kind === 'socket') return title === 'close' ? { page: '/reference/codes/close' } : {};
  if (kind === 'rest') {
    const found = routeAt(answers ?? title);
    if (!found) return {};
    const { route, input } = found;
    const page = `/reference/route/${route.name}`;
    if (direction === 'in') return { page };
    return { page, form: { key: route.key, value: { ...input, ...(value === undefined ? {} : { body: value }) } } };
  }
  if (title === 'error') return { page: '/reference/codes/errors' };
  const isAction = direction === 'out' || answers !== undefined;
  const known = (isAction ? protocol.actions : protocol.events).find(({ name }) => name === (answers ?? title));
  if (!known) return {};
  const page = `/reference/${known.kind}/${known.name}`;
  return direction === 'out' ? { page, form: { key: known.key, value: fieldsOf(value).data ?? {} } } : { page };
}

/** The route that an address belongs to, and what the address says. */
function routeAt(title: string): { route: Route; input: RouteInput } | undefined {
  const [method, address = ''] = title.split(' ');
  const url = new URL(address, location.origin);
  const routes = useProtocol.getState().protocol?.routes ?? [];
  // A name in a path comes before a parameter in the same place.
  const byWords = [...routes].sort((a, b) => (a.path.match(/\{/g)?.length ?? 0) - (b.path.match(/\{/g)?.length ?? 0));
  for (const route of byWords) {
    if (route.method !== method) continue;
    const found = new RegExp(`^${route.path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`).exec(url.pathname);
    if (!found) continue;
    const params = Object.fromEntries(Object.entries(found.groups ?? {}).map(([name, one]) => [name, decodeURIComponent(one)]));
    const query = Object.fromEntries(url.searchParams);
    const some = (part: object) => Object.keys(part).length > 0;
    return { route, input: { ...(some(params) ? { params } : {}), ...(some(query) ? { query } : {}) } };
  }
  return undefined;
}
