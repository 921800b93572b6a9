/** What is filled into a text; where it is written from the right, or turns the direction of text, in a frame of its own. */
export const isolated = (value: unknown): string => {
  const text = String(value);
  return /[\u0590-\u08ff\u202a-\u202e\u2066-\u2069\ufb1d-\ufeff]/.test(text) ? `\u2068${text}\u2069` : text;
};
