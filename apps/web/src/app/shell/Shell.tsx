import { type ReactNode, Suspense, lazy } from 'react';
import { MessageCircle, Settings as SettingsIcon, Users } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import { unreadOf } from '../conversations/conversations';
import { ConversationList } from '../conversations/ConversationList';
import { useChatState } from '../chat-context';
import { Toasts } from '../../kit/toast';
import { ConnectionBar } from './ConnectionBar';
import styles from './Shell.module.css';

const ConversationView = lazy(() => import('../messages/ConversationView').then((m) => ({ default: m.ConversationView })));
const People = lazy(() => import('../friends/People'));
const Settings = lazy(() => import('../settings/Settings'));

/** The places of the app: on a wide screen a list beside what is open, on a phone one at a time. */
export function Shell(): ReactNode {
  const { t } = useTranslation();
  const [location] = useLocation();
  const inside = location !== '/';
  return (
    <div className={styles.shell} data-inside={inside}>
      <Places />
      <div className={styles.side}>
        <ConnectionBar />
        <ConversationList />
      </div>
      <main className={styles.main}>
        <Suspense fallback={<p className={styles.empty}>{t('shell.loading')}</p>}>
          <Switch>
            <Route path="/c/:convId/*?">
              {({ convId }) => <ConversationView key={convId} convId={decodeURIComponent(convId ?? '')} />}
            </Route>
            <Route path="/people" nest>
              <People />
            </Route>
            <Route path="/settings" nest>
              <Settings />
            </Route>
            <Route path="/">
              <p className={styles.empty}>{t('shell.choose')}</p>
            </Route>
            <Route>
              <Redirect to="/" />
            </Route>
          </Switch>
        </Suspense>
      </main>
      <Toasts />
    </div>
  );
}

const places = [
  { to: '/', label: 'shell.chats', Icon: MessageCircle, isHere: (at: string) => at === '/' || at.startsWith('/c/') },
  { to: '/people', label: 'shell.people', Icon: Users, isHere: (at: string) => at.startsWith('/people') },
  { to: '/settings', label: 'shell.settings', Icon: SettingsIcon, isHere: (at: string) => at.startsWith('/settings') },
] as const;

function Places(): ReactNode {
  const { t } = useTranslation();
  const [location] = useLocation();
  const unread = useChatState(({ conversations }) => unreadOf(conversations));
  const requests = useChatState(({ friendRequests, groupRequests, synced }) => (synced ? pendingIn(friendRequests, groupRequests) : 0));
  const badges: Readonly<Record<string, number>> = { '/': unread, '/people': requests };
  return (
    <nav className={styles.places} aria-label={t('shell.places')}>
      {places.map(({ to, label, Icon, isHere }) => (
        <Link key={to} href={to} className={styles.place} aria-current={isHere(location) ? 'page' : undefined}>
          <Icon size={22} aria-hidden="true" />
          <span>{t(label)}</span>
          {(badges[to] ?? 0) > 0 && <span className={styles.badge}>{Math.min(badges[to] ?? 0, 999)}</span>}
        </Link>
      ))}
    </nav>
  );
}

/** Invitations and requests that wait for an answer of this user. */
function pendingIn(
  ...requests: readonly Readonly<Record<string, { readonly state: string; readonly expiresAt: number; readonly mine?: boolean }>>[]
): number {
  const now = Date.now();
  return requests.flatMap((all) => Object.values(all)).filter(({ state, expiresAt }) => state === 'pending' && expiresAt > now).length;
}
