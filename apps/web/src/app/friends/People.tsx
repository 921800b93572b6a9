import type { ReactNode } from 'react';

export default function People(): ReactNode {
  return <p>People</p>;
}
