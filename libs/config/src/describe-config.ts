import { type LoadedConfig } from './load-config';
import { masked, type Visibility } from './mask';
import { configKeys, valueAt } from './schema';

/** A table of key, value and source in aligned columns, a line per key. Secrets and the passwords inside URLs are masked. */
export function describeConfig({ config, sources }: LoadedConfig): string {
  const rows = [
    ['key', 'value', 'source'],
    ...configKeys.map(({ path, kind }) => [path, shown(valueAt(config, path), kind.visibility), sources.get(path) ?? 'default']),
  ];
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const [keys, values] = [width(0), width(1)];
  return rows.map(([key = '', value = '', source = '']) => `${key.padEnd(keys)}  ${value.padEnd(values)}  ${source}`).join('\n');
}

function shown(value: unknown, visibility: Visibility): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : value.map((item) => shown(item, visibility)).join(', ');
  const text = masked(String(value), visibility);
  // Quotes only where the bare text would be misread: nothing at all, or more than one line.
  return text === '' || /[\0-\x1f\x7f]/.test(text) ? JSON.stringify(text) : text;
}
