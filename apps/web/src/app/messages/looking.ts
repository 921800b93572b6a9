/** Whether somebody looks at this page: it is to be seen, and has the keyboard. */
export const isLooking = (): boolean => document.visibilityState === 'visible' && document.hasFocus();

/** Hears when somebody begins or ends to look at this page; what is returned ends it. */
export function whenLooking(listener: (isLooking: boolean) => void): () => void {
  let known = isLooking();
  if (!known) listener(false);
  const look = () => {
    const now = isLooking();
    if (now === known) return;
    known = now;
    listener(now);
  };
  const events = [
    [globalThis, 'focus'],
    [globalThis, 'blur'],
    [document, 'visibilitychange'],
  ] as const;
  for (const [target, name] of events) target.addEventListener(name, look);
  return () => {
    for (const [target, name] of events) target.removeEventListener(name, look);
  };
}
