import type { ReactNode } from 'react';
import { Bell, Info, Keyboard, MonitorSmartphone, Palette } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { Avatar } from '../../kit/Avatar';
import { Glyph } from '../../kit/Glyph';
import { Line } from '../../kit/Line';
import { Side } from '../../kit/Side';
import { useChat } from '../chat-context';
import { useName, useUser } from '../users/names';

const parts = [
  { to: '/settings/look', label: 'settings.look', Icon: Palette },
  { to: '/settings/notifications', label: 'settings.notifications', Icon: Bell },
  { to: '/settings/sessions', label: 'settings.sessions', Icon: MonitorSmartphone },
  { to: '/settings/keys', label: 'settings.keys.title', Icon: Keyboard },
  { to: '/settings/about', label: 'settings.about', Icon: Info },
];

/** The parts of the settings. */
export default function SettingsSide(): ReactNode {
  const { t } = useTranslation();
  const { userId } = useChat();
  const name = useName(userId);
  const user = useUser(userId);
  const [location] = useLocation();
  return (
    <Side title={t('shell.settings')}>
      <nav aria-label={t('shell.settings')}>
        <ul>
          <li>
            <Line
              href="/settings/profile"
              start={<Avatar id={userId} name={name} url={user?.avatarUrl} />}
              title={name}
              sub={user?.username ? `@${user.username}` : t('settings.profile')}
              current={location === '/settings/profile'}
            />
          </li>
          {parts.map(({ to, label, Icon }) => (
            <li key={to}>
              <Line href={to} start={<Glyph Icon={Icon} />} title={t(label)} current={location === to} />
            </li>
          ))}
        </ul>
      </nav>
    </Side>
  );
}
