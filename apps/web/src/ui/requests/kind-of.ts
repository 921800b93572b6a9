import type { Field } from './fields';

/** The type of a field and its limits, in a few signs. */
export function kindOf(field: Field, t: (key: string) => string): string {
  const name = field.kind === 'number' && field.integer ? 'integer' : field.kind;
  const limits = 'min' in field || 'max' in field ? ` ${range(field)}` : '';
  const shape = field.kind === 'text' && field.pattern !== undefined ? ` ${field.pattern}` : '';
  return `${t(`ui.form.kind.${name}`)}${limits}${shape}`;
}

function range({ min, max }: { min?: number; max?: number }): string {
  if (min === undefined) return `≤ ${max}`;
  return max === undefined ? `≥ ${min}` : `${min}–${max}`;
}
