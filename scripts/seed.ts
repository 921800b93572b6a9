import { parseArgs } from 'node:util';
import { Passwords } from '@app/auth';
import { loadConfig } from '@app/config';
import { Metrics, newId } from '@app/kit';
import { groupConversation, groupIdSchema, registerSchema, textSchema, usernameSchema } from '@app/protocol';
import { ConversationLog, Database, type SeedPlan, Seeding, seedUserId } from '@app/storage';
import { ProgressBar, text } from './progress-bar';

const usage = `npm run seed -- [options]
  --group-size <n>   members the group shall have (1000)
  --group-id <id>    the group, made if it is not there yet (seed)
  --name <text>      name of a group that is made (Seed)
  --prefix <text>    users are <prefix>-0000001, <prefix>-0000002, … (seed)
  --password <text>  password of all users that are made (a random one, printed)
  --batch <n>        members in one transaction (5000)

  Makes users and a group of them in the configured store, for tests of load. May be stopped (Ctrl-C) and run again: it goes on where it
  was, and a larger size adds what is missing. With an embedded store the gateway must be stopped.
`;

interface Options extends Omit<SeedPlan, 'passwordHash'> {
  readonly size: number;
  readonly batch: number;
  readonly password: string | undefined;
}

/** What was typed does not fit; the message is one line. */
class Misuse extends Error {}

const digits = /^[1-9][0-9]{0,7}$/;

/** Reads the command line; `undefined` when help is asked for. Throws `Misuse`. */
function readOptions(): Options | undefined {
  const { values } = parsed();
  if (values.help) return undefined;
  const { prefix, name, password } = values;
  const [size, batch] = [whole('group-size', values['group-size'], 10_000_000), whole('batch', values.batch, 50_000)];
  const groupId = values['group-id'];
  if (!groupIdSchema.safeParse(groupId).success) throw new Misuse(`--group-id ${groupId}: expected 1 to 64 of A-Z a-z 0-9 . _ -`);
  const last = usernameSchema.safeParse(seedUserId(prefix, size));
  if (last.data !== seedUserId(prefix, size)) throw new Misuse(`--prefix ${prefix}: expected 1 to 24 of a-z 0-9 . _ -`);
  if (!textSchema(100).safeParse(name).success) throw new Misuse('--name: expected 1 to 100 characters');
  if (password !== undefined && !registerSchema.shape.password.safeParse(password).success)
    throw new Misuse('--password: expected 8 to 128 characters');
  return { size, batch, groupId, prefix, name, password };
}

function parsed() {
  try {
    return parseArgs({
      options: {
        'group-size': { type: 'string', default: '1000' },
        'group-id': { type: 'string', default: 'seed' },
        name: { type: 'string', default: 'Seed' },
        prefix: { type: 'string', default: 'seed' },
        password: { type: 'string' },
        batch: { type: 'string', default: '5000' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new Misuse((error as Error).message);
  }
}

function whole(name: string, value: string, max: number): number {
  if (!digits.test(value) || Number(value) > max) throw new Misuse(`--${name} ${value}: expected a whole number from 1 to ${text(max)}`);
  return Number(value);
}

/** The hash that all users get, and what is to be said of the password. An earlier run's password stays the one of all. */
async function passwordOf(seeding: Seeding, { prefix, password }: Options): Promise<{ passwordHash: string; said: string }> {
  const passwords = new Passwords();
  const earlier = await seeding.earlierHash(prefix);
  if (earlier === null) throw new Error(`${seedUserId(prefix, 1)} is there and has no password; choose another --prefix`);
  if (earlier === undefined) {
    const chosen = password ?? newId();
    return { passwordHash: await passwords.hash(chosen), said: chosen };
  }
  if (password === undefined) return { passwordHash: earlier, said: '(that of the first run)' };
  if (!(await passwords.verify(earlier, password))) throw new Error(`the users of ${prefix} are there and have another password`);
  return { passwordHash: earlier, said: password };
}

/** Fills the group, until it is full or `stopped` says so; answers how many members it has. */
async function fill(seeding: Seeding, plan: SeedPlan, { size, batch }: Options, stopped: () => boolean): Promise<number> {
  const bar = new ProgressBar(process.stdout, 'members', size);
  let members = await seeding.found(plan);
  let from = 1;
  try {
    for (; from <= size && !stopped(); from += batch) {
      const to = Math.min(size, from + batch - 1);
      const filled = await seeding.fill(plan, from, to);
      members = filled.size;
      // What an earlier run has made is passed quickly, and says nothing of the pace.
      if (filled.added === 0) bar.skip(to);
      else bar.show(to);
      // The embedded store is synchronous: without a turn of the event loop nobody hears the signal.
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    bar.end();
  }
  if (from <= size) process.exitCode = 130;
  return members;
}

async function seed(options: Options): Promise<void> {
  const { config } = loadConfig({ env: process.env });
  if (options.size > config.maxGroupSize) throw new Misuse(`--group-size: maxGroupSize is ${text(config.maxGroupSize)}`);
  let stopped = false;
  // The second time it ends at once, and nothing is lost either.
  process.once('SIGINT', () => (stopped = true));
  const database = await Database.open({ url: config.databaseUrl, dataDir: config.dataDir });
  const log = new ConversationLog(database, { queueLimit: 1, metrics: new Metrics({ defaults: false }) });
  try {
    const seeding = new Seeding(database, log);
    const { passwordHash, said } = await passwordOf(seeding, options);
    const { groupId, prefix, size } = options;
    // Before anything is stored, so that whoever stops it knows the password.
    console.log(`seed: all users of ${prefix} have the password ${said}`);
    const members = await fill(seeding, { ...options, passwordHash }, options, () => stopped);
    const owner = seedUserId(prefix, 1);
    console.log(`seed: group ${groupId} (${groupConversation(groupId).convId}) has ${text(members)} members, its owner is ${owner}`);
    if (process.exitCode === 130) console.log('seed: stopped; the same command goes on');
    console.log(`seed: log in as ${owner} to ${seedUserId(prefix, size)}: POST /api/login {"username":"${owner}","password":"…"}`);
  } finally {
    await log.close();
    await database.close();
  }
}

async function main(): Promise<void> {
  try {
    const options = readOptions();
    if (options) await seed(options);
    else console.log(usage);
  } catch (error) {
    console.error(`seed: ${(error as Error).message}`);
    process.exitCode = error instanceof Misuse ? 2 : 1;
  }
}

void main();
