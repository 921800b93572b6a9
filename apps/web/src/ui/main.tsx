import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../kit/theme.css';
import { startI18n } from '../i18n';
import { applyTheme } from '../kit/theme';
import { Console } from './Console';

applyTheme();
await startI18n();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Console />
  </StrictMode>,
);
