/** The script of the app that a page loads; its name tells its content. */
export const scriptOf = (html: string): string | undefined => /\/app\/assets\/app-[\w-]+\.js/.exec(html)?.[0];

/** The script of the page that runs; undefined where the app is not built. */
export const runningScript = (): string | undefined => scriptOf([...document.scripts].map(({ src }) => src).join(' '));

/** The script that the server would give now. Rejects when it gives no page. */
export async function servedScript(): Promise<string | undefined> {
  const answer = await fetch('/app', { cache: 'no-cache' });
  if (!answer.ok) throw new Error(`no page: ${answer.status}`);
  return scriptOf(await answer.text());
}
