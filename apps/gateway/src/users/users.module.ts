import { Module } from '@nestjs/common';
import { Avatars } from './avatars';
import { UsersController } from './users.controller';
import { UsersService } from './users.service';

/** Users and their profiles. */
@Module({ controllers: [UsersController], providers: [UsersService, Avatars], exports: [Avatars] })
export class UsersModule {}
