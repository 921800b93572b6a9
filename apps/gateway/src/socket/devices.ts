import { Injectable } from '@nestjs/common';
import type { DeviceHead } from '../hub/envelope';
import { Hub } from '../hub/hub';
import type { Connection } from './connection';
import { Connections } from './connections';

/** A word from another gateway takes less than this, or the bus is not worth asking. */
const settledMs = 10_000;

/**
 * Lets a device keep one connection, the one it opened last, on whichever gateway. No clocks are compared.
 *
 * A connection is announced to all gateways when it is welcomed, and an older one of its device gives way. Two that were opened at once
 * on two gateways hear of each other; then the greater id stays. One that hears of another cannot tell whether that one has heard of it
 * too, so it contests, and the other side answers: it gives way if it has heard, and it insists if it has not, because then it came
 * after. A word that the bus loses may leave both; nothing leaves none.
 */
@Injectable()
export class Devices {
  /** Which connections of its device were announced elsewhere while a connection was here. */
  private readonly met = new WeakMap<Connection, Set<string>>();
  /** When connections were announced (ms of the process's clock). */
  private readonly announced = new WeakMap<Connection, number>();

  constructor(
    private readonly connections: Connections,
    private readonly hub: Hub,
  ) {}

  /** Tells all gateways, this one included, that a device has this connection now. */
  announce(connection: Connection): void {
    const { userId, deviceId } = connection.caller;
    this.announced.set(connection, performance.now());
    this.hub.publishDevice(userId, { kind: 'device_connected', deviceId: deviceId ?? '', connectionId: connection.id });
  }

  /** Takes a word about a device of a user. */
  hear(userId: string, head: DeviceHead): void {
    switch (head.kind) {
      case 'device_connected':
        return this.connected(userId, head);
      case 'device_contested':
        return this.contested(userId, head);
      case 'device_replaced':
        return this.find(userId, head.connectionId)?.close('REPLACED');
    }
  }

  private connected(userId: string, { deviceId, connectionId }: DeviceHead & { kind: 'device_connected' }): void {
    const held = [...this.connections.of(userId)].filter((connection) => connection.caller.deviceId === deviceId);
    const own = held.findIndex(({ id }) => id === connectionId);
    if (own < 0) for (const connection of held) this.meet(connection, connectionId);
    // Those behind it are newer: a device that connects twice keeps its last connection, whichever was ready first.
    else for (const older of held.slice(0, own)) older.close('REPLACED');
  }

  /** Weighs a connection against one of its device that was announced on another gateway. */
  private meet(connection: Connection, otherId: string): void {
    // One that is on its way out must not take the other with it.
    if (!connection.open) return;
    const announcedAt = this.announced.get(connection);
    if (announcedAt !== undefined && performance.now() - announcedAt > settledMs) return connection.close('REPLACED');
    const met = this.met.get(connection);
    if (met) met.add(otherId);
    else this.met.set(connection, new Set([otherId]));
    // Its own announcement is still to come, and will be weighed at the other side.
    if (announcedAt === undefined) return;
    if (otherId > connection.id) return connection.close('REPLACED');
    this.hub.publishDevice(connection.caller.userId, { kind: 'device_contested', connectionId: otherId, byConnectionId: connection.id });
  }

  private contested(userId: string, { connectionId, byConnectionId }: DeviceHead & { kind: 'device_contested' }): void {
    const connection = this.find(userId, connectionId);
    if (!connection) return;
    if (this.met.get(connection)?.has(byConnectionId)) return connection.close('REPLACED');
    this.hub.publishDevice(userId, { kind: 'device_replaced', connectionId: byConnectionId });
  }

  private find(userId: string, connectionId: string): Connection | undefined {
    for (const connection of this.connections.of(userId)) if (connection.id === connectionId) return connection;
    return undefined;
  }
}
