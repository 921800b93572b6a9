import type { ReactNode } from 'react';

/** The developer's console. */
export function Console(): ReactNode {
  return <h1>Parley console</h1>;
}
