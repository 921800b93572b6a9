import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Page } from '../../kit/Page';
import { Section } from '../../kit/Section';
import { Switch } from '../../kit/Switch';
import { notificationsEnabled, setNotifications } from '../messages/notify';

/** Whether the system tells of new messages while the page is not looked at. */
export function Notifications(): ReactNode {
  const { t } = useTranslation();
  const [on, setOn] = useState(notificationsEnabled);
  const [refused, setRefused] = useState(false);
  const canTell = 'Notification' in window;
  const isDenied = refused || (canTell && Notification.permission === 'denied');

  async function change(next: boolean): Promise<void> {
    const isOn = await setNotifications(next);
    setOn(isOn);
    setRefused(next && !isOn);
  }

  return (
    <Page title={t('settings.notifications')} back="/settings">
      <Section hint={t(!canTell ? 'settings.notificationsNone' : isDenied ? 'settings.notificationsDenied' : 'settings.notificationsHint')}>
        <Switch label={t('settings.notificationsOn')} checked={on} disabled={!canTell} onChange={(next) => void change(next)} />
      </Section>
    </Page>
  );
}
