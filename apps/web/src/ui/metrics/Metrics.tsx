import type { ReactNode } from 'react';

/** Live charts of this instance. */
export function Metrics(): ReactNode {
  return null;
}
