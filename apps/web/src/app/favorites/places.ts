/** The way to what the user has saved. */
export const savedPath = '/saved';

/** The way to one of it. */
export const savedPlace = (id: string): string => `${savedPath}/${encodeURIComponent(id)}`;
