import { Injectable } from '@nestjs/common';
import { Metrics } from '@app/kit';
import type { Connection } from './connection';

/** The open connections of this gateway. */
@Injectable()
export class Connections {
  private readonly all = new Set<Connection>();
  private readonly byUser = new Map<string, Set<Connection>>();

  constructor(private readonly metrics: Metrics) {}

  get size(): number {
    return this.all.size;
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.all.values();
  }

  /** The connections of a user. */
  of(userId: string): Iterable<Connection> {
    return this.byUser.get(userId) ?? [];
  }

  /** How many connections a user has, on other devices than the given one. */
  countOtherDevices(userId: string, deviceId: string): number {
    let count = 0;
    for (const connection of this.of(userId)) if (connection.caller.deviceId !== deviceId) count++;
    return count;
  }

  add(connection: Connection): void {
    const { userId } = connection.caller;
    this.all.add(connection);
    const own = this.byUser.get(userId);
    if (own) own.add(connection);
    else this.byUser.set(userId, new Set([connection]));
    this.metrics.connections.set(this.all.size);
  }

  delete(connection: Connection): void {
    const { userId } = connection.caller;
    const own = this.byUser.get(userId);
    this.all.delete(connection);
    own?.delete(connection);
    if (own?.size === 0) this.byUser.delete(userId);
    this.metrics.connections.set(this.all.size);
  }
}
