import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { ParleyError } from '@app/sdk';
import '../kit/theme.css';
import { startI18n } from '../i18n';
import { applyTheme } from '../kit/theme';
import { App } from './App';
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

applyTheme();
await startI18n();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
registerShell();
