import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { Page } from '../../kit/Page';
import { otherOf } from '../chat';
import { useChat } from '../chat-context';
import { SharedFiles } from '../messages/shared/SharedFiles';
import { placeOf } from '../shell/places';
import { Person } from './Person';

/** What is to be known of the other one of a conversation of two. */
export default function PersonDetails({ convId }: { readonly convId: string }): ReactNode {
  const { t } = useTranslation();
  const { userId } = useChat();
  const [location] = useLocation();
  if (location.endsWith('/details/files')) return <SharedFiles convId={convId} />;
  return (
    <Page title={t('people.details')} back={placeOf(convId)} close={placeOf(convId)}>
      <Person userId={otherOf(convId, userId)} inConversation />
    </Page>
  );
}
