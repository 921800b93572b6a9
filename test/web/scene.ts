import { type ParleyRest, c2cConvId } from '@app/sdk';
import type { Page } from 'playwright-core';
import { Person, register } from './person';
import { film, tone } from './recordings';
import type { Site } from './site';

/** What a page shows when people have used the app for a while. */
export interface Scene {
  readonly ada: Person;
  readonly group: string;
  readonly friend: string;
  /** A conversation with a film and a recording. */
  readonly talk: string;
  /** What Ada has saved: the film. */
  readonly saved: string;
}

type Line = readonly [rest: ParleyRest, text: string];

/** Says things, one after the other; each speaker calls the conversation in their own way. */
async function talk(lines: readonly Line[], targetOf: (rest: ParleyRest) => { groupId: string } | { to: string }): Promise<void> {
  for (const [rest, text] of lines) {
    await rest.request('send', { body: { ...targetOf(rest), type: 'text', payload: { text }, clientMsgId: crypto.randomUUID() } });
  }
}

/** Makes people who know each other, a group, and what they have said; Ada is the one who looks. */
export async function setScene(site: Site): Promise<Scene> {
  const ada = await Person.signUp(site, 'Ada Lovelace');
  const me = await ada.id();
  const url = site.address();
  const [grace, alan, lin] = await Promise.all([
    register(url, 'grace', 'Grace Hopper'),
    register(url, 'alan', 'Alan Turing'),
    register(url, 'lin', '林徽因'),
  ]);
  const ids = await Promise.all([grace, alan, lin].map(async (rest) => (await rest.request('me')).id));
  const [graceId, alanId, linId] = ids as [string, string, string];
  for (const rest of [grace, alan]) {
    const request = await rest.request('addFriend', { body: { friendId: me } });
    if ('id' in request) await ada.rest.request('acceptFriend', { params: { id: request.id } });
  }
  await lin.request('addFriend', { body: { friendId: me, message: '你好，我们在建筑系见过。' } });

  const { groupId } = await grace.request('createGroup', { body: { name: 'Analytical Engine', memberIds: [me, alanId, linId] } });
  await grace.request('postNotice', { params: { id: groupId }, body: { text: 'We meet on Thursday at 16:00, in the reading room.' } });
  const picture = await grace.upload(new Blob([await drawing(ada.page)], { type: 'image/png' }), { name: 'gears.png' });
  await talk(
    [
      [grace, 'Good morning! The new cards have arrived.'],
      [ada.rest, 'Wonderful. Shall we try the Bernoulli numbers today?'],
      [alan, 'If it halts, yes 😄'],
    ],
    () => ({ groupId }),
  );
  const { fileId, name, size, width, height } = picture;
  await grace.request('send', {
    body: { groupId, type: 'image', payload: { fileId, name, size, width, height }, clientMsgId: crypto.randomUUID() },
  });
  await talk(
    [
      [grace, 'This is how the carry goes over.'],
      [lin, '真漂亮！像一座小小的塔。'],
      [ada.rest, 'The engine weaves algebraic patterns just as the loom weaves flowers and leaves. My notes: https://example.org/notes/g'],
    ],
    () => ({ groupId }),
  );
  await others(site, ada, me);
  await talk(
    [
      [alan, 'Did you see the machine in Manchester?'],
      [ada.rest, 'Not yet. Does it play chess?'],
      [alan, 'Badly. But it is learning.'],
    ],
    (rest) => ({ to: rest === alan ? me : alanId }),
  );
  const convId = `c2c:${[me, alanId].sort().join(':')}`;
  const [movie, voice] = [await film(ada.page), await tone(ada.page)];
  const { seq } = await sendFile(alan, me, 'video', new Blob([movie], { type: 'video/webm' }), 'the machine.webm', picture.fileId);
  await sendFile(ada.rest, alanId, 'voice', new Blob([voice], { type: 'audio/webm' }), 'voice-message.webm');
  const { id: saved } = await ada.rest.request('addFavoriteMessage', { body: { convId, seq, tags: ['machines'], note: 'Show Charles' } });
  await ada.rest.request('addFavoriteCustom', { body: { payload: { text: 'Ask Grace for more cards' }, tags: ['cards'] } });
  await ada.rest.request('pinConversation', { params: { convId: `group:${groupId}` }, body: { pinned: true } });
  return { ada, group: `group:${groupId}`, friend: graceId, talk: convId, saved };
}

/** Conversations beside those that are looked at: read and unread, with a mention, a draft, and one that is muted. */
async function others(site: Site, ada: Person, me: string): Promise<void> {
  const url = site.address();
  const [charles, mary, emmy] = await Promise.all([
    register(url, 'charles', 'Charles Babbage'),
    register(url, 'mary', 'Mary Somerville'),
    register(url, 'emmy', 'Emmy Noether'),
  ]);
  const [charlesId, maryId] = (await Promise.all([charles, mary].map(async (rest) => (await rest.request('me')).id))) as [string, string];
  const { groupId: readers } = await mary.request('createGroup', { body: { name: 'Book club', memberIds: [me] } });
  const { groupId: society } = await charles.request('createGroup', { body: { name: 'Royal Society', memberIds: [me, maryId] } });
  await talk([[mary, 'Next week: “On the Connexion of the Physical Sciences”.']], () => ({ groupId: readers }));
  await ada.rest.request('muteConversation', { params: { convId: `group:${readers}` }, body: { muted: true } });
  await talk([[emmy, 'Every symmetry keeps something. Let us write it down.']], () => ({ to: me }));
  await talk(
    [
      [mary, 'Did the parcel come?'],
      [ada.rest, 'It did. Thank you for the book! 📖'],
    ],
    (rest) => ({ to: rest === mary ? me : maryId }),
  );
  await talk([[charles, 'The drawings of the mill are ready.']], () => ({ to: me }));
  await ada.rest.request('saveDraft', {
    params: { convId: c2cConvId(me, charlesId) },
    body: { text: 'Dear Charles, about the punched cards' },
  });
  await charles.request('send', {
    body: {
      groupId: society,
      type: 'text',
      payload: { text: '@Ada Lovelace, will you speak on Friday?' },
      mentions: [me],
      clientMsgId: crypto.randomUUID(),
    },
  });
}

/** Sends a film or a recording of a second and a half to somebody. */
async function sendFile(rest: ParleyRest, to: string, type: 'video' | 'voice', bytes: Blob, name: string, thumbnailId?: string) {
  const { fileId } = await rest.upload(bytes, { name });
  const waveform = Array.from({ length: 44 }, (_, i) => Math.round(55 + 45 * Math.sin(i / 2.3)));
  const payload = { fileId, duration: 1.5, ...(type === 'voice' ? { waveform } : { width: 320, height: 180 }) };
  return rest.request('send', {
    body: { to, type, payload: { ...payload, ...(thumbnailId && { thumbnailId }) }, clientMsgId: crypto.randomUUID() },
  });
}

/** A picture for a message, as a PNG. */
async function drawing(page: Page): Promise<Uint8Array> {
  const drawn = await page.evaluate<string>(`(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
    const pen = canvas.getContext('2d');
    const sky = pen.createLinearGradient(0, 0, 640, 360);
    sky.addColorStop(0, '#1c2a4a');
    sky.addColorStop(1, '#b5651d');
    pen.fillStyle = sky;
    pen.fillRect(0, 0, 640, 360);
    for (const [x, y, radius, teeth] of [[190, 190, 110, 18], [385, 150, 75, 12], [510, 245, 60, 10]]) {
      pen.save();
      pen.translate(x, y);
      pen.fillStyle = '#e0c18a';
      for (let tooth = 0; tooth < teeth; tooth++) {
        pen.rotate((2 * Math.PI) / teeth);
        pen.fillRect(radius - 6, -9, 24, 18);
      }
      pen.beginPath();
      pen.arc(0, 0, radius, 0, 7);
      pen.arc(0, 0, radius * 0.3, 0, 7, true);
      pen.fill();
      pen.restore();
    }
    return canvas.toDataURL('image/png').split(',')[1];
  })()`);
  return Uint8Array.from(Buffer.from(drawn, 'base64'));
}
