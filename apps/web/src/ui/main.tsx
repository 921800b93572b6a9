import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../kit/theme.css';
import './ui.css';
import { applyTheme } from '../kit/theme';
import { Console } from './Console';
import { startTexts } from './texts';

applyTheme();
await startTexts();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Console />
  </StrictMode>,
);
