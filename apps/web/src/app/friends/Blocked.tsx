import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/Button';
import { Page } from '../../kit/Page';
import { Note, Section } from '../../kit/Section';
import { useChat, useChatState } from '../chat-context';
import { useAct } from '../shell/act';
import { personPlace } from '../shell/places';
import { day } from '../users/when';
import { Friendship } from './friendship';
import { UserLine } from './UserLine';

/** Those with whom this user wants nothing exchanged. */
export function Blocked(): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const friendship = new Friendship(chat);
  const { busy, act } = useAct();
  const blocks = useChatState((state) => state.blocks);
  // What another device blocked is told by sync alone, at the next connection.
  useEffect(() => void new Friendship(chat).refreshBlocks().catch(() => undefined), [chat]);
  const all = Object.values(blocks).sort((a, b) => b.createdAt - a.createdAt);
  return (
    <Page title={t('people.blocked')} back="/people">
      <Section hint={t('people.blockText')}>
        {all.length === 0 && <Note>{t('people.noBlocked')}</Note>}
        {all.map(({ userId, createdAt }) => (
          <UserLine
            key={userId}
            userId={userId}
            href={personPlace(userId)}
            sub={t('people.blockedSince', { day: day(createdAt) })}
            end={
              <Button disabled={busy} onClick={() => void act(() => friendship.unblock(userId))}>
                {t('people.unblock')}
              </Button>
            }
          />
        ))}
      </Section>
    </Page>
  );
}
