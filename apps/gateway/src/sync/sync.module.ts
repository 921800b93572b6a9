import { Module } from '@nestjs/common';
import { SyncActions } from './sync.actions';
import { SyncService } from './sync.service';

/** What changed since somebody last asked. */
@Module({ providers: [SyncService, SyncActions], exports: [SyncActions] })
export class SyncModule {}
