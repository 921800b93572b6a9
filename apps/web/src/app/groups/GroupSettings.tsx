import type { ReactNode } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { RouteRequest } from '@app/sdk';
import { Page } from '../../kit/Page';
import { Choice, Section } from '../../kit/Section';
import { Switch } from '../../kit/Switch';
import { useChat } from '../chat-context';
import { useAct } from '../shell/act';
import { detailsOf, placeOf } from '../shell/places';
import { groupKey } from './group';
import { type Group, rightsOf } from './rights';

const policies = ['open', 'approval', 'invite'] as const;
/** Seconds between two messages of a member. */
const paces = [0, 5, 10, 30, 60, 300, 900, 3_600];

/** What those who run a group set for it. */
export function GroupSettings({ group }: { readonly group: Group }): ReactNode {
  const { t } = useTranslation();
  const chat = useChat();
  const queries = useQueryClient();
  const { busy, act } = useAct();
  const { groupId, convId, role, joinPolicy, muteAll, historyFromStart, minSecondsBetweenMessages } = group;
  const change = (body: RouteRequest<'updateGroup'>['body']) =>
    void act(async () => {
      queries.setQueryData([...groupKey(groupId), 'about'], await chat.client.request('updateGroup', { params: { id: groupId }, body }));
    });
  const disabled = busy || !rightsOf(role, joinPolicy).change;
  const pace = (seconds: number) =>
    seconds === 0
      ? t('groups.slowOff')
      : seconds % 60 === 0
        ? t('groups.minutes', { count: seconds / 60 })
        : t('groups.seconds', { count: seconds });
  const offered = paces.includes(minSecondsBetweenMessages) ? paces : [...paces, minSecondsBetweenMessages].sort((a, b) => a - b);

  return (
    <Page title={t('groups.settings')} back={detailsOf(convId)} close={placeOf(convId)} isBelow>
      <Section title={t('groups.coming')}>
        <Choice
          label={t('groups.joinPolicy')}
          value={joinPolicy}
          disabled={disabled}
          options={policies.map((policy) => [policy, t(`groups.policy.${policy}`)])}
          onChange={(event) => change({ joinPolicy: event.currentTarget.value as Group['joinPolicy'] })}
        />
        <Switch
          label={t('groups.historyFromStart')}
          hint={t('groups.historyFromStartHint')}
          checked={historyFromStart}
          disabled={disabled}
          onChange={(next) => change({ historyFromStart: next })}
        />
      </Section>
      <Section title={t('groups.writing')}>
        <Switch
          label={t('groups.muteAll')}
          hint={t('groups.muteAllHint')}
          checked={muteAll}
          disabled={disabled}
          onChange={(next) => change({ muteAll: next })}
        />
        <Choice
          label={t('groups.slow')}
          hint={t('groups.slowHint')}
          value={minSecondsBetweenMessages}
          disabled={disabled}
          options={offered.map((seconds) => [String(seconds), pace(seconds)])}
          onChange={(event) => change({ minSecondsBetweenMessages: Number(event.currentTarget.value) })}
        />
      </Section>
    </Page>
  );
}
