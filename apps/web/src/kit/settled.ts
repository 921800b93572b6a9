import { useEffect, useState } from 'react';

/** So long (ms) nothing is typed before it is searched. */
const quietMs = 250;

/** A value that has not changed for a while. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), quietMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
