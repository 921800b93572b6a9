'use strict';
// Loaded into a gateway before its own code (node -r): loses what it publishes, and ends it between a commit and its publishing, as the
// file FAULTS says: {"drop": 0.05} or {"crash": true}.
const { existsSync, readFileSync } = require('node:fs');
const { Redis } = require('ioredis');

const file = process.env.FAULTS;
const publish = Redis.prototype.publish;

Redis.prototype.publish = function (channel, payload, done) {
  const { drop = 0, crash = false } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const isBeat = String(channel).includes(':beat:');
  if (isBeat || (!crash && Math.random() >= drop)) return publish.call(this, channel, payload, done);
  // Nothing of what was committed in this turn has left the process.
  if (crash) process.kill(process.pid, 'SIGKILL');
  process.nextTick(done, null, 0);
  return Promise.resolve(0);
};
