import { type ReactNode, useEffect, useState } from 'react';
import { MessageSquareText, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { groupIdOf } from '@app/sdk';
import { moment } from '../../i18n/times';
import { Avatar } from '../../kit/Avatar';
import buttons from '../../kit/Button.module.css';
import { ConfirmDialog, type Question } from '../../kit/ConfirmDialog';
import { Page } from '../../kit/Page';
import { ActionLine, Note, Section } from '../../kit/Section';
import { otherOf } from '../chat';
import { useChat, useChatState } from '../chat-context';
import { useConversationName } from '../conversations/ConversationLine';
import { Content } from '../messages/Content';
import { player } from '../messages/media/player';
import { problemOf, useAct } from '../shell/act';
import { messagePlace } from '../shell/places';
import { useName, useUser } from '../users/names';
import { type Favorite, useFavorite, useKeeping } from './favorites';
import { contentOf } from './content';
import { Labels } from './Labels';
import { savedPath } from './places';
import styles from './Saved.module.css';

/** One of what was saved: all of it, where it is from, and what can be done with it. */
export function SavedItem({ id }: { readonly id: string }): ReactNode {
  const { t } = useTranslation();
  const { data: favorite, error, isPending } = useFavorite(id);
  useEffect(() => () => player.stop(), []);
  return (
    <Page title={t(favorite ? `saved.kinds.${favorite.type}` : 'shell.saved')} back={savedPath}>
      {favorite ? (
        <Open favorite={favorite} />
      ) : isPending ? (
        <p className={styles.note} aria-busy="true">
          {t('shell.loading')}
        </p>
      ) : (
        <Note>{t(error ? problemOf(error) : 'saved.gone')}</Note>
      )}
    </Page>
  );
}

function Open({ favorite }: { readonly favorite: Favorite }): ReactNode {
  const { t } = useTranslation();
  const { userId: me } = useChat();
  const { id, convId, seq, from } = favorite;
  return (
    <>
      <From favorite={favorite} />
      <div className={styles.content} data-own={from === me}>
        <Content message={contentOf(favorite)} isOwn={from === me}>
          {null}
        </Content>
      </div>
      {convId !== undefined && seq !== undefined && (
        <div className={styles.ways}>
          <Link href={messagePlace(convId, seq)} className={`${buttons.button} ${buttons.plain} ${buttons.withIcon}`}>
            <MessageSquareText size={18} aria-hidden="true" />
            {t('messages.jump')}
          </Link>
        </div>
      )}
      <Labels favorite={favorite} />
      <Ending id={id} />
    </>
  );
}

/** Who said it, when and where; of a note, when it was written. */
function From({ favorite: { from, convId, timestamp, createdAt } }: { readonly favorite: Favorite }): ReactNode {
  const { t } = useTranslation();
  const name = useName(from);
  const user = useUser(from);
  const { userId: me } = useChat();
  const at = timestamp ?? createdAt;
  return (
    <div className={styles.from}>
      {from !== undefined && <Avatar id={from} name={name} url={user?.avatarUrl} />}
      <span>
        <strong>
          <bdi>{from === undefined ? t('saved.yourNote') : from === me ? t('chats.you') : name}</bdi>
        </strong>
        <span>
          {/* Of a conversation of two the other one's name says it. */}
          {convId !== undefined && (from === me || groupIdOf(convId) !== undefined) && <Where convId={convId} />}
          <time dateTime={new Date(at).toISOString()}>{moment(at)}</time>
        </span>
      </span>
    </div>
  );
}

/** The name of a conversation; of a group only while it is in the list. */
function Where({ convId }: { readonly convId: string }): ReactNode {
  const { userId: me } = useChat();
  const line = useChatState(({ conversations, left }) => conversations[convId] ?? left[convId]);
  const name = useConversationName({ name: line?.name, userId: groupIdOf(convId) === undefined ? otherOf(convId, me) : undefined });
  return name === '' ? null : (
    <>
      <bdi>{name}</bdi> ·{' '}
    </>
  );
}

function Ending({ id }: { readonly id: string }): ReactNode {
  const { t } = useTranslation();
  const [, go] = useLocation();
  const { remove } = useKeeping();
  const { act } = useAct();
  const [question, setQuestion] = useState<Question>();
  return (
    <Section>
      <ActionLine
        Icon={Trash2}
        label={t('saved.remove')}
        danger
        onClick={() =>
          setQuestion({
            title: t('saved.removeTitle'),
            text: t('saved.removeText'),
            action: t('saved.remove'),
            onYes: async () => {
              if (await act(() => remove(id))) go(savedPath, { replace: true });
            },
          })
        }
      />
      <ConfirmDialog question={question} onClose={() => setQuestion(undefined)} />
    </Section>
  );
}
