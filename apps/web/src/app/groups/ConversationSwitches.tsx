import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Section } from '../../kit/Section';
import { Switch } from '../../kit/Switch';
import { useChat, useChatState } from '../chat-context';
import { useAct } from '../shell/act';

/** What a user sets for themselves in a conversation; nothing while there is none. */
export function ConversationSwitches({ convId }: { readonly convId: string }): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const { act } = useAct();
  const line = useChatState(({ conversations }) => conversations[convId]);
  if (!line) return null;
  return (
    <Section>
      <Switch label={t('groups.pin')} checked={line.pinned} onChange={(pinned) => void act(() => chat.pin(convId, pinned))} />
      <Switch
        label={t('groups.muteConversation')}
        hint={t('groups.muteConversationHint')}
        checked={line.muted}
        onChange={(muted) => void act(() => chat.mute(convId, muted))}
      />
    </Section>
  );
}
