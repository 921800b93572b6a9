import type { ReactNode } from 'react';

/** Who the other user of a c2c is: beside the conversation, below a heading with a way back. */
export default function PersonDetails({ convId }: { readonly convId: string }): ReactNode {
  return <p>{convId}</p>;
}
