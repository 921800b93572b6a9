import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Page } from '../../kit/Page';
import { Section } from '../../kit/Section';
import { Switch } from '../../kit/Switch';
import { notifications, switchNotifications } from '../conversations/notify';

const hints = {
  on: 'settings.notificationsHint',
  off: 'settings.notificationsHint',
  denied: 'settings.notificationsDenied',
  unsupported: 'settings.notificationsNone',
} as const;

/** Whether the system tells of new messages while the page is not looked at. */
export function Notifications(): ReactNode {
  const { t } = useTranslation();
  const [now, setNow] = useState(notifications);
  return (
    <Page title={t('settings.notifications')} back="/settings">
      <Section hint={t(hints[now])}>
        <Switch
          label={t('settings.notificationsOn')}
          checked={now === 'on'}
          disabled={now === 'unsupported'}
          onChange={(next) => void switchNotifications(next).then(setNow)}
        />
      </Section>
    </Page>
  );
}
