/** The fields of what may be any JSON, or none: whoever writes a frame by hand may write `null`. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
