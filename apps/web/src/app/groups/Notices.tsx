import { type FormEvent, type ReactNode, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Avatar } from '../../kit/Avatar';
import { Button } from '../../kit/Button';
import { Page } from '../../kit/Page';
import { Note, Section } from '../../kit/Section';
import { useChat } from '../chat-context';
import { useAct } from '../shell/act';
import { detailsOf, placeOf } from '../shell/places';
import { useName, useUser } from '../users/names';
import { ago, dayAndTime } from '../users/when';
import { groupKey, useNotices } from './group';
import styles from './Notices.module.css';
import { type Group, rightsOf } from './rights';

/** The notices of a group, newest first, and where those who run it post one. */
export function Notices({ group }: { readonly group: Group }): ReactNode {
  const { t } = useTranslation();
  const { data, hasNextPage, fetchNextPage, isFetchingNextPage, isPending } = useNotices(group.groupId);
  const notices = data?.pages.flatMap((page) => page.notices) ?? [];
  return (
    <Page title={t('groups.notices')} back={detailsOf(group.convId)} close={placeOf(group.convId)} isBelow>
      {rightsOf(group.role, group.joinPolicy).postNotices && <Post groupId={group.groupId} />}
      {notices.length === 0 ? (
        <Note>{t(isPending ? 'shell.loading' : 'groups.noNotices')}</Note>
      ) : (
        <Section>
          {notices.map(({ id, authorId, text, createdAt }) => (
            <Notice key={id} authorId={authorId} text={text} createdAt={createdAt} />
          ))}
        </Section>
      )}
      {hasNextPage && (
        <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('kit.more')}
        </Button>
      )}
    </Page>
  );
}

function Notice({
  authorId,
  text,
  createdAt,
}: {
  readonly authorId: string;
  readonly text: string;
  readonly createdAt: number;
}): ReactNode {
  const name = useName(authorId);
  const user = useUser(authorId);
  return (
    <article className={styles.notice}>
      <header>
        <Avatar id={authorId} name={name} url={user?.avatarUrl} size="small" />
        <span className={styles.name}>{name}</span>
        <time dateTime={new Date(createdAt).toISOString()} title={dayAndTime(createdAt)}>
          {ago(createdAt)}
        </time>
      </header>
      <p>{text}</p>
    </article>
  );
}

function Post({ groupId }: { readonly groupId: string }): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const queries = useQueryClient();
  const { busy, act } = useAct();
  const [text, setText] = useState('');

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const done = await act(async () => {
      await chat.client.request('postNotice', { params: { id: groupId }, body: { text: text.trim() } });
      await queries.invalidateQueries({ queryKey: groupKey(groupId) });
    });
    if (done) setText('');
  }

  return (
    <form className={styles.post} onSubmit={(event) => void submit(event)}>
      <textarea
        aria-label={t('groups.newNotice')}
        placeholder={t('groups.newNotice')}
        rows={3}
        maxLength={4_000}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button look="primary" type="submit" disabled={busy || text.trim() === ''}>
        {t('groups.post')}
      </Button>
    </form>
  );
}
