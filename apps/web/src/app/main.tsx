import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { ParleyError } from '@app/sdk';
import '../kit/theme.css';
import { startI18n } from '../i18n';
import { applyTheme } from '../kit/theme';
import { App } from './App';
import { Chat } from './chat';
import { Account } from './session/account';
import { deviceName } from './session/device-name';
import { convIdAt } from './shell/places';
import { loadConversationView } from './shell/Shell';
import { registerShell } from './shell/service-worker';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // What the server decided does not change by asking again.
      retry: (failures, error) =>
        failures < 3 && error instanceof ParleyError && ['DISCONNECTED', 'UNAVAILABLE', 'INTERNAL'].includes(error.code),
    },
  },
});

/** The chat of who stays signed in: it renews the token and connects while the page is still being drawn. */
async function beginChat(account: Account): Promise<Chat | undefined> {
  const signedIn = account.remembered();
  if (!signedIn) return undefined;
  if (convIdAt(location.pathname.replace(/^\/app/, '')) !== undefined) loadConversationView().catch(() => undefined);
  return new Chat(signedIn.userId, account, await deviceName());
}

applyTheme();
const account = new Account();
const [begun] = await Promise.all([beginChat(account), startI18n()]);
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App account={account} begun={begun} />
    </QueryClientProvider>
  </StrictMode>,
);
registerShell();
