import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { groupIdOf } from '@app/sdk';
import { Page } from '../../kit/Page';
import { Note } from '../../kit/Section';
import { SharedFiles } from '../messages/shared/SharedFiles';
import { problemOf } from '../shell/act';
import { placeOf } from '../shell/places';
import { useChatState } from '../chat-context';
import { About } from './About';
import { Former } from './Former';
import { useGroup, useLiveGroup } from './group';
import { GroupSettings } from './GroupSettings';
import { Members } from './Members';
import { Notices } from './Notices';
import type { Group } from './rights';

/** The pages below the details of a group. */
const pages: Readonly<Record<string, (props: { readonly group: Group }) => ReactNode>> = {
  members: Members,
  notices: Notices,
  settings: GroupSettings,
  files: ({ group }) => <SharedFiles convId={group.convId} />,
};

/** What is to be known of a group, and what can be done about it. */
export default function Details({ convId }: { readonly convId: string }): ReactNode {
  const { t } = useTranslation();
  const groupId = groupIdOf(convId) ?? '';
  const former = useChatState(({ left }) => left[convId]);
  useLiveGroup(groupId);
  const { data: group, error } = useGroup(groupId, former === undefined);
  const [location] = useLocation();
  const Part = pages[location.slice(location.lastIndexOf('/') + 1)];
  if (group && Part && !former) return <Part key={location} group={group} />;
  return (
    <Page title={t('groups.details')} back={placeOf(convId)} close={placeOf(convId)}>
      {former ? <Former line={former} /> : group ? <About group={group} /> : <Note>{t(error ? problemOf(error) : 'shell.loading')}</Note>}
    </Page>
  );
}
