import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ParleyError } from '@app/sdk';
import { tell } from '../../kit/toasts';

/** The key of the text that says what went wrong. */
export const problemOf = (error: unknown): string => `errors.${error instanceof ParleyError ? error.code : 'INTERNAL'}`;

/** Tells what went wrong at the edge of the page. */
function useFailed(): (error: unknown) => void {
  const { t } = useTranslation();
  return useCallback((error) => tell(t(problemOf(error))), [t]);
}

/** Does something that the server may refuse, tells it if so, and says meanwhile that it is busy. Resolves to whether it was done. */
export function useAct(): { readonly busy: boolean; readonly act: (work: () => Promise<unknown>) => Promise<boolean> } {
  const failed = useFailed();
  const [running, setRunning] = useState(0);
  const act = useCallback(
    async (work: () => Promise<unknown>) => {
      setRunning((now) => now + 1);
      try {
        await work();
        return true;
      } catch (error) {
        failed(error);
        return false;
      } finally {
        setRunning((now) => now - 1);
      }
    },
    [failed],
  );
  return { busy: running > 0, act };
}
