import { useEffect } from 'react';
import { useLocation } from 'wouter';
import { inOrder } from '../conversations/conversations';
import { useChat } from '../chat-context';
import { neighbour } from './neighbour';
import { convIdAt, isDetails, placeOf } from './places';

/** What the keyboard does everywhere in the app; settings show it. */
export const shortcuts = [
  { keys: ['Mod', 'K'], does: 'settings.keys.search' },
  { keys: ['Alt', '↑'], does: 'settings.keys.previous' },
  { keys: ['Alt', '↓'], does: 'settings.keys.next' },
  { keys: ['Esc'], does: 'settings.keys.close' },
  { keys: ['Enter'], does: 'settings.keys.send' },
  { keys: ['Shift', 'Enter'], does: 'settings.keys.newLine' },
  { keys: ['@'], does: 'settings.keys.mention' },
  { keys: ['↑'], does: 'settings.keys.edit' },
] as const;

/** Listens to the keyboard for as long as the shell is there. */
export function useShortcuts(): void {
  const chat = useChat();
  const [location, navigate] = useLocation();

  useEffect(() => {
    function pressed(event: KeyboardEvent): void {
      if (event.defaultPrevented || event.isComposing) return;
      const isMod = event.ctrlKey || event.metaKey;
      if (isMod && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        search(location, navigate);
      } else if (event.altKey && !isMod && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
        const order = inOrder(chat.store.getState().conversations).map(({ convId }) => convId);
        const next = neighbour(order, convIdAt(location), event.key === 'ArrowDown' ? 1 : -1);
        if (next === undefined) return;
        event.preventDefault();
        navigate(placeOf(next));
      } else if (event.key === 'Escape' && isDetails(location) && !document.querySelector('[role="dialog"], [role="menu"]')) {
        event.preventDefault();
        navigate(location.slice(0, location.indexOf('/details')));
      }
    }
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [chat, location, navigate]);
}

/** Brings the cursor into the search of the list beside what is open; on a phone, where one or the other is shown, it goes there first. */
function search(location: string, navigate: (to: string) => void): void {
  const fields = () => [...document.querySelectorAll<HTMLInputElement>('[data-side] input[type="search"]')];
  const shown = () => fields().find((field) => field.checkVisibility());
  const here = shown();
  if (here) return here.select();
  navigate(location.startsWith('/people') ? '/people' : '/');
  requestAnimationFrame(() => requestAnimationFrame(() => shown()?.select()));
}
