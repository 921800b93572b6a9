/** One value of a metric. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const line = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
const label = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const escapes: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

/** The samples of a text in the exposition format of Prometheus. Comments, and lines that are none of it, are passed over. */
export function parseMetrics(text: string): Sample[] {
  return text.split('\n').flatMap((row) => {
    const found = line.exec(row.trim());
    if (!found) return [];
    const [, name, labels = '', value] = found;
    return [{ name: name!, labels: labelsOf(labels), value: numberOf(value!) }];
  });
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(label)].map(([, name, value]) => [name!, value!.replace(/\\[n"\\]/g, (escaped) => escapes[escaped] ?? escaped)]),
  );
}

function numberOf(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}
