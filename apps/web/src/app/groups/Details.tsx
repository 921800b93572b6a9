import type { ReactNode } from 'react';

/** What a group is, and who is in it: beside its conversation, below a heading with a way back. */
export default function Details({ convId }: { readonly convId: string }): ReactNode {
  return <p>{convId}</p>;
}
