/** Where the bytes of a file are before they were checked, and after. */
export const pendingKey = (id: string): string => `pending/${id}`;
export const readyKey = (id: string): string => `ready/${id}`;

/** The file of an object of the bucket, by the object's name with the prefix of the configuration before it. */
export const fileOfKey = (key: string): string | undefined => /(?:^|\/)pending\/([a-z\d]{4,64})$/.exec(key)?.[1];
