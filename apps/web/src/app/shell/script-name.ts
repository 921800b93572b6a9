/** The script of the app that a page loads; its name tells its content. */
export const scriptOf = (html: string): string | undefined => /\/app\/assets\/app-[\w-]+\.js/.exec(html)?.[0];
