import { Core1764000000000 } from './1764000000000-core';
import { MutedMembers1764300000000 } from './1764300000000-muted-members';
import { People1764500000000 } from './1764500000000-people';
import { Outbox1764600000000 } from './1764600000000-outbox';
import { Files1764700000000 } from './1764700000000-files';
import { GroupAvatars1764750000000 } from './1764750000000-group-avatars';
import { Favorites1764800000000 } from './1764800000000-favorites';
import { LateUploads1764900000000 } from './1764900000000-late-uploads';

/** Every migration, oldest first. A migration must work while the previous version of the program still runs. */
export const migrations = [
  Core1764000000000,
  MutedMembers1764300000000,
  People1764500000000,
  Outbox1764600000000,
  Files1764700000000,
  GroupAvatars1764750000000,
  Favorites1764800000000,
  LateUploads1764900000000,
];
