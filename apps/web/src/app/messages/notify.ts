const key = 'parley.notifications';

/** Whether this browser shows new messages while the page is not looked at. */
export const notificationsEnabled = (): boolean =>
  'Notification' in window && Notification.permission === 'granted' && localStorage.getItem(key) === 'on';

/** Switches them on, after asking whether that is allowed, or off. Resolves to whether they are on. */
export async function setNotifications(on: boolean): Promise<boolean> {
  const allowed = on && 'Notification' in window && (await Notification.requestPermission()) === 'granted';
  localStorage.setItem(key, allowed ? 'on' : 'off');
  return allowed;
}
