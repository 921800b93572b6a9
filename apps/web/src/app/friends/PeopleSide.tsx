import { type ReactNode, useEffect, useState } from 'react';
import { Ban, Bell, LogIn, UsersRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useLocation, useSearch } from 'wouter';
import { Glyph } from '../../kit/Glyph';
import { Line } from '../../kit/Line';
import { Note } from '../../kit/Section';
import { SearchField } from '../../kit/SearchField';
import { Count, Side, SideHeading } from '../../kit/Side';
import { useChat, useChatState } from '../chat-context';
import { personPlace } from '../shell/places';
import { usePresence } from '../users/presence';
import { countToAnswer } from './pending';
import { usePeople } from './search';
import { UserLine } from './UserLine';

/** People: friends, others to be found, and the ways to requests, groups and blocks. */
export default function PeopleSide(): ReactNode {
  const { t } = useTranslation();
  const search = new URLSearchParams(useSearch());
  const asked = search.get('q') ?? '';
  const [typed, setTyped] = useState(asked);
  const [taken, setTaken] = useState(asked);
  // Another search that led here; what is typed afterwards is not in the address.
  if (asked !== taken) {
    setTaken(asked);
    setTyped(asked);
  }
  const found = usePeople(typed);
  const isKnown = useChatState(({ synced, friends }) => synced || Object.keys(friends).length > 0);
  usePresence(found.friends);
  const { joiners } = useChat();
  useEffect(() => joiners.askAll(), [joiners]);
  return (
    <Side
      title={t('shell.people')}
      top={<SearchField label={t('people.search')} value={typed} onChange={setTyped} autoFocus={search.has('find')} />}
    >
      {typed.trim() === '' ? (
        <>
          <Ways />
          {/* Before the server has told them, it is not known whether there are none. */}
          {isKnown && <SideHeading>{t('people.friends', { count: found.friends.length })}</SideHeading>}
          {found.friends.length > 0 ? <People ids={found.friends} /> : <Note>{t(isKnown ? 'people.noFriends' : 'shell.loading')}</Note>}
        </>
      ) : (
        <>
          {found.friends.length > 0 && <SideHeading>{t('people.friendsFound')}</SideHeading>}
          <People ids={found.friends} />
          {found.others.length > 0 && <SideHeading>{t('people.others')}</SideHeading>}
          <People ids={found.others.map(({ id }) => id)} />
          <div role="status">
            {found.failed ? (
              <Note>{t('people.searchFailed')}</Note>
            ) : (
              found.friends.length + found.others.length === 0 && <Note>{t(found.searching ? 'people.searching' : 'people.nobody')}</Note>
            )}
          </div>
        </>
      )}
    </Side>
  );
}

function People({ ids }: { readonly ids: readonly string[] }): ReactNode {
  const [location] = useLocation();
  return (
    <ul>
      {ids.map((userId) => (
        <li key={userId}>
          <UserLine userId={userId} href={personPlace(userId)} current={location === personPlace(userId)} />
        </li>
      ))}
    </ul>
  );
}

/** The ways to what is no person. */
function Ways(): ReactNode {
  const { t } = useTranslation();
  const { userId } = useChat();
  const [location] = useLocation();
  const waiting = useChatState(({ friendRequests, groupRequests }) => countToAnswer(friendRequests, groupRequests, userId, Date.now()));
  const blocked = useChatState(({ blocks }) => Object.keys(blocks).length);
  const ways = [
    { to: '/people/requests', label: t('people.requests'), Icon: Bell, end: waiting > 0 ? <Count loud>{waiting}</Count> : undefined },
    { to: '/people/new-group', label: t('groups.new'), Icon: UsersRound, end: undefined },
    { to: '/people/join', label: t('groups.join'), Icon: LogIn, end: undefined },
    ...(blocked > 0 ? [{ to: '/people/blocked', label: t('people.blocked'), Icon: Ban, end: <Count>{blocked}</Count> }] : []),
  ];
  return (
    <ul>
      {ways.map(({ to, label, Icon, end }) => (
        <li key={to}>
          <Line href={to} start={<Glyph Icon={Icon} />} title={label} end={end} current={location === to} />
        </li>
      ))}
    </ul>
  );
}
