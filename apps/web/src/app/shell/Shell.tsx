import { type ComponentType, type ReactNode, Suspense, useEffect, useState } from 'react';
import { CSPProvider } from '@base-ui/react/csp-provider';
import { Bookmark, MessageCircle, Settings as SettingsIcon, Users } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import { groupIdOf } from '@app/sdk';
import { loadPlacesTexts } from '../../i18n';
import { Empty } from '../../kit/Empty';
import { part } from '../../kit/part';
import { unreadOf } from '../conversations/conversations';
import { ConversationList } from '../conversations/ConversationList';
import { countToAnswer } from '../friends/pending';
import { useChat, useChatState } from '../chat-context';
import { Boundary } from './Boundary';
import { ConnectionBar } from './ConnectionBar';
import { convIdAt, decoded, isDetails, ownPlaceOf, placeOf } from './places';
import styles from './Shell.module.css';
import { useShortcuts } from './shortcuts';
import { useLoaded } from './loaded';
import { useTitle } from './title';
import { VersionBar } from './VersionBar';
import { useWake } from './wake';

/** Loads what shows a conversation; who knows early that one will be shown need not wait until it is drawn. */
export const loadConversationView = () => import('../messages/ConversationView');
const ConversationView = part(() => loadConversationView().then((m) => ({ default: m.ConversationView })));

/** What is loaded when it is shown; and before that, when there is nothing else to do. */
const parts: (() => Promise<unknown>)[] = [loadConversationView, () => import('../../kit/ActionMenu')];

/** A part that is loaded when it is shown, with its texts. */
function later<P>(load: () => Promise<{ readonly default: ComponentType<P> }>) {
  const whole = () => Promise.all([load(), loadPlacesTexts()]).then(([module]) => module);
  parts.push(whole);
  return part(whole);
}

const People = later(() => import('../friends/People'));
const PeopleSide = later(() => import('../friends/PeopleSide'));
const Saved = later(() => import('../favorites/Saved'));
const SavedSide = later(() => import('../favorites/SavedSide'));
const Settings = later(() => import('../settings/Settings'));
const SettingsSide = later(() => import('../settings/SettingsSide'));
const GroupDetails = later(() => import('../groups/Details'));
const PersonDetails = later(() => import('../friends/PersonDetails'));

interface Place {
  readonly to: string;
  readonly label: string;
  readonly Icon: typeof Users;
  /** What is listed beside what is open; without it, the conversations. */
  readonly Side?: React.ComponentType;
  readonly isHere: (at: string) => boolean;
}

const places: readonly Place[] = [
  { to: '/', label: 'shell.chats', Icon: MessageCircle, isHere: (at) => at === '/' || at.startsWith('/c/') },
  { to: '/people', label: 'shell.people', Icon: Users, Side: PeopleSide, isHere: (at) => at.startsWith('/people') },
  { to: '/saved', label: 'shell.saved', Icon: Bookmark, Side: SavedSide, isHere: (at) => at.startsWith('/saved') },
  { to: '/settings', label: 'shell.settings', Icon: SettingsIcon, Side: SettingsSide, isHere: (at) => at.startsWith('/settings') },
];
const placeAt = (location: string): Place => places.find(({ isHere }) => isHere(location)) ?? places[0]!;

/** The places of the app: on a wide screen a list beside what is open, on a phone one at a time. */
export function Shell(): ReactNode {
  const [location] = useLocation();
  useShortcuts();
  useWake();
  useLoaded(parts);
  const badges = useBadges();
  const here = placeAt(location);
  useTitle(here.label, badges['/'] ?? 0);
  const { Side } = here;
  return (
    <CSPProvider disableStyleElements>
      <div className={styles.shell} data-inside={location !== here.to} data-details={isDetails(location)}>
        <Places here={here} badges={badges} />
        <div className={styles.side} data-side>
          <ConnectionBar />
          <VersionBar />
          {/* The conversations keep their place, and go on to tell what is said. */}
          <div className={styles.list} hidden={Side !== undefined}>
            <Boundary>
              <ConversationList />
            </Boundary>
          </div>
          {Side && (
            <Boundary key={here.to}>
              <Suspense fallback={<Loading />}>
                <Side />
              </Suspense>
            </Boundary>
          )}
        </div>
        <Boundary key={convIdAt(location) ?? location}>
          <Suspense
            fallback={
              <main className={styles.main}>
                <Loading />
              </main>
            }
          >
            <Switch>
              <Route path="/c/:convId/*?">
                {({ convId }) => <Conversation key={convId} convId={decoded(convId)} details={isDetails(location)} />}
              </Route>
              <Route>
                <main className={styles.main}>
                  <Inside />
                </main>
              </Route>
            </Switch>
          </Suspense>
        </Boundary>
      </div>
    </CSPProvider>
  );
}

/** What is open beside the list, if it is no conversation. */
function Inside(): ReactNode {
  const { t } = useTranslation();
  return (
    <Switch>
      <Route path="/people/*?">
        <People />
      </Route>
      <Route path="/saved/*?">
        <Saved />
      </Route>
      <Route path="/settings/*?">
        <Settings />
      </Route>
      <Route path="/">
        <Empty Icon={MessageCircle} title={t('shell.chats')}>
          {t('shell.choose')}
        </Empty>
      </Route>
      <Route>
        <Redirect to="/" />
      </Route>
    </Switch>
  );
}

/** A conversation, and on the side what is to be known of it. */
function Conversation({ convId, details }: { readonly convId: string; readonly details: boolean }): ReactNode {
  const { t } = useTranslation();
  const { userId: me } = useChat();
  const place = ownPlaceOf(convId, me);
  if (place !== placeOf(convId)) return <Redirect to={place ?? '/'} replace />;
  const Details = groupIdOf(convId) === undefined ? PersonDetails : GroupDetails;
  return (
    <>
      <main className={styles.main}>
        <ConversationView convId={convId} />
      </main>
      {details && (
        <aside className={styles.details} aria-label={t('shell.details')}>
          <Boundary>
            <Suspense fallback={<Loading />}>
              <Details convId={convId} />
            </Suspense>
          </Boundary>
        </aside>
      )}
    </>
  );
}

function Loading(): ReactNode {
  const { t } = useTranslation();
  return (
    <p className={styles.empty} aria-busy="true">
      {t('shell.loading')}
    </p>
  );
}

type Badges = Readonly<Record<string, number>>;

function Places({ here, badges }: { readonly here: Place; readonly badges: Badges }): ReactNode {
  const { t } = useTranslation();
  return (
    <nav className={styles.places} aria-label={t('shell.places')}>
      {places.map(({ to, label, Icon }) => (
        <Link key={to} href={to} className={styles.place} aria-current={to === here.to ? 'page' : undefined}>
          <Icon size={22} aria-hidden="true" />
          <span>{t(label)}</span>
          {(badges[to] ?? 0) > 0 && <span className={styles.badge}>{(badges[to] ?? 0) > 999 ? '999+' : badges[to]}</span>}
        </Link>
      ))}
    </nav>
  );
}

/** What waits at each place. */
function useBadges(): Badges {
  const { userId } = useChat();
  const unread = useChatState(({ conversations }) => unreadOf(conversations));
  const now = useMinute();
  const requests = useChatState(({ friendRequests, groupRequests }) => countToAnswer(friendRequests, groupRequests, userId, now));
  return { '/': unread, '/people': requests };
}

/** The time (ms since 1970), told anew every minute: requests expire. */
function useMinute(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 60_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
