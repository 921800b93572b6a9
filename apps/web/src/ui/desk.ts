import { newClientMsgId } from '@app/sdk';
import { create } from 'zustand';
import { ConsoleClient } from './connections/client';
import { type DemoStep, demonstrate } from './connections/demo';
import { keep, kept } from './kept';

/** How many connections there may be side by side. */
export const maxClients = 4;

interface Desk {
  readonly clients: readonly ConsoleClient[];
  /** The connection that requests are sent by. */
  readonly currentId: string;
  /** What is in front where there is room for one thing only. */
  readonly front: 'requests' | 'connection';
  /** Whether tokens and passwords are shown; never kept. */
  readonly showsSecrets: boolean;
  readonly demo: { readonly step?: DemoStep; readonly problem?: string };
}

const letters = ['A', 'B', 'C', 'D'];
const first = letters.slice(0, Math.max(1, Math.min(maxClients, kept('clients', 1)))).map((letter) => newClient(letter));

/** What is on the desk: the connections, which of them is in use, and whether secrets are shown. */
export const useDesk = create<Desk>(() => ({
  clients: first,
  currentId: first[0]!.id,
  front: 'connection',
  showsSecrets: false,
  demo: {},
}));

/** Puts one more connection beside the others; undefined when there are enough. */
export function addClient(): ConsoleClient | undefined {
  const { clients } = useDesk.getState();
  const letter = letters.find((one) => clients.every((client) => client.letter !== one));
  if (letter === undefined) return undefined;
  const client = newClient(letter);
  change([...clients, client]);
  return client;
}

/** Ends a connection and takes it away with its log. */
export function removeClient(client: ConsoleClient): void {
  client.forget();
  const left = useDesk.getState().clients.filter((one) => one !== client);
  change(left.length === 0 ? [newClient('A')] : left);
}

/** Makes the connection the one that requests are sent by. */
export const chooseClient = ({ id }: ConsoleClient): void => useDesk.setState({ currentId: id });

/** Brings the requests or the connection in use to the front. */
export const bringToFront = (front: Desk['front']): void => useDesk.setState({ front });

/** Shows tokens and passwords, or hides them. */
export const showSecrets = (showsSecrets: boolean): void => useDesk.setState({ showsSecrets });

/** Makes two demo users in two connections that are free, or that are made for it. */
export async function startDemo(): Promise<void> {
  if (useDesk.getState().demo.step !== undefined) return;
  const free = useDesk.getState().clients.filter(({ store }) => store.getState().status === 'idle');
  while (free.length < 2) {
    const client = addClient();
    if (!client) return useDesk.setState({ demo: { problem: 'full' } });
    free.push(client);
  }
  chooseClient(free[0]!);
  try {
    await demonstrate([free[0]!, free[1]!], (step) => useDesk.setState({ demo: { step } }));
    useDesk.setState({ demo: {} });
  } catch (error) {
    useDesk.setState({ demo: { problem: error instanceof Error ? error.message : String(error) } });
  }
}

function change(clients: readonly ConsoleClient[]): void {
  const { currentId } = useDesk.getState();
  const known = clients.some(({ id }) => id === currentId);
  useDesk.setState({ clients, ...(known ? {} : { currentId: clients[0]!.id }) });
  keep('clients', clients.length);
}

function newClient(letter: string): ConsoleClient {
  return new ConsoleClient(newClientMsgId(), letter);
}
