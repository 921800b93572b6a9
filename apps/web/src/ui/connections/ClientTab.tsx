import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import bench from '../Bench.module.css';
import type { ConsoleClient } from './client';
import { StatusDot } from './StatusDot';

interface ClientTabProps {
  readonly client: ConsoleClient;
  readonly selected: boolean;
  readonly onSelect: () => void;
}

/** The name of a connection, where there is room for one at a time. */
export function ClientTab({ client, selected, onSelect }: ClientTabProps): ReactNode {
  const { status, username, session } = useStore(client.store);
  return (
    <button type="button" className={bench.tab} aria-pressed={selected} onClick={onSelect}>
      <StatusDot status={status} /> {client.letter} {username ?? session?.userId ?? ''}
    </button>
  );
}
