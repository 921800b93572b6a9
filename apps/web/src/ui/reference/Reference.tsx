import type { ReactNode } from 'react';

/** The protocol to be read. */
export function Reference(): ReactNode {
  return null;
}
