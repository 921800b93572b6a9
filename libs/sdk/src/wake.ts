/** Where a page tells that its network is back; there is none in Node.js. */
type Page = Partial<Pick<EventTarget, 'addEventListener' | 'removeEventListener'>>;

/** Calls `run` whenever the page hears that the network has come back; what is returned ends it. */
export function onNetworkBack(run: () => void): () => void {
  const page = globalThis as Page;
  page.addEventListener?.('online', run);
  return () => page.removeEventListener?.('online', run);
}
