import { useEffect, useRef, useState } from 'react';

/** For so long (ms) a message is marked that somebody jumped to. */
const flashMs = 1_800;

/** The line that somebody was led to, for a moment. */
export function useFlash() {
  const [key, setKey] = useState<string>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const on = (next: string | undefined) => {
    clearTimeout(timer.current);
    setKey(next);
    timer.current = setTimeout(() => setKey(undefined), flashMs);
  };
  return { key, on };
}
