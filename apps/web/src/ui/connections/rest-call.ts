/** A REST request as somebody filled it in. */
export interface RestCall {
  readonly method: string;
  /** `/api/groups/{id}` */
  readonly path: string;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
  /** Instead of a JSON body: bytes, or a form of which `body` is the other fields. */
  readonly file?: File | undefined;
  readonly takes?: 'json' | 'form' | 'bytes' | undefined;
}

/** The path with its parameters and its query. What is missing stays as `{name}`, so that it is seen. */
export function addressOf({ path, params = {}, query = {} }: RestCall): string {
  const filled = path.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    return value === undefined || value === '' ? whole : encodeURIComponent(textOf(value));
  });
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => (value === undefined || value === null ? [] : [[name, textOf(value)]])),
  ).toString();
  return search === '' ? filled : `${filled}?${search}`;
}

/** What `fetch` is given, the token aside. */
export function initOf({ method, body, file, takes = 'json' }: RestCall): RequestInit & { headers: Record<string, string> } {
  if (takes === 'bytes') return { method, headers: {}, body: file ?? null };
  if (takes === 'form') return { method, headers: {}, body: formOf(body, file) };
  if (body === undefined) return { method, headers: {} };
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function formOf(fields: unknown, file: File | undefined): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries((fields ?? {}) as Record<string, unknown>)) {
    if (name !== 'file') form.append(name, textOf(value));
  }
  if (file) form.append('file', file, file.name);
  return form;
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : Array.isArray(value) ? value.join(',') : JSON.stringify(value);
