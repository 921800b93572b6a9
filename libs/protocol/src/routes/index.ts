import { blocksRoutes } from './blocks';
import { conversationsRoutes } from './conversations';
import { friendsRoutes } from './friends';
import { groupsRoutes } from './groups';
import { messagesRoutes } from './messages';
import { receiptsRoutes } from './receipts';
import { sessionsRoutes } from './sessions';
import { typingRoutes } from './typing';
import { usersRoutes } from './users';

/** Every REST route, by the name of the controller's method. */
export const routes = {
  ...usersRoutes,
  ...sessionsRoutes,
  ...friendsRoutes,
  ...blocksRoutes,
  ...groupsRoutes,
  ...conversationsRoutes,
  ...messagesRoutes,
  ...receiptsRoutes,
  ...typingRoutes,
} as const;

export type RouteName = keyof typeof routes;
