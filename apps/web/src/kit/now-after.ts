import { useEffect, useState } from 'react';

/** Browsers wait no longer than so many ms at once. */
const longestWait = 2 ** 31 - 1;

/** The time (ms since 1970); it is drawn again when a moment has come, such as the end of something. */
export function useNowAfter(moment: number | undefined): number {
  const [, drawn] = useState(0);
  useEffect(() => {
    if (moment === undefined || moment <= Date.now()) return;
    let timer: ReturnType<typeof setTimeout>;
    const wait = (): void => {
      const left = moment - Date.now();
      timer = left < 0 ? setTimeout(drawn, 0, moment) : setTimeout(wait, Math.min(left + 1, longestWait));
    };
    wait();
    return () => clearTimeout(timer);
  }, [moment]);
  return Date.now();
}
