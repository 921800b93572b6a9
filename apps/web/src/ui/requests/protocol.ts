import { create } from 'zustand';
import { type Operation, type Protocol, fetchProtocol } from './documents';

interface Loaded {
  readonly protocol?: Protocol;
  /** Why there is none. */
  readonly problem?: string;
}

/** The protocol as this server describes it, once it is asked for. */
export const useProtocol = create<Loaded>(() => ({}));

/** Asks the server for its documents, unless they are there. */
export async function loadProtocol(): Promise<void> {
  if (useProtocol.getState().protocol) return;
  try {
    useProtocol.setState({ protocol: await fetchProtocol(), problem: undefined });
  } catch (error) {
    useProtocol.setState({ problem: error instanceof Error ? error.message : String(error) });
  }
}

/** Everything that can be asked for. */
export const operationsOf = ({ actions, routes }: Protocol): readonly Operation[] => [...actions, ...routes];
