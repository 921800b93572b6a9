/** The way to a conversation, below the base of the app. */
export const placeOf = (convId: string): string => `/c/${encodeURIComponent(convId)}`;
