/** A Cluster has so many slots. */
export const slotCount = 16_384;

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/** The slot of a channel: CRC-16 (XMODEM) of its name, or of what stands in its first pair of braces, as the Cluster specification says. */
export function slotOf(channel: string): number {
  const bytes = Buffer.from(tagOf(channel));
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ (table[(crc >> 8) ^ byte] as number);
  return crc % slotCount;
}

function tagOf(channel: string): string {
  const open = channel.indexOf('{');
  const close = open < 0 ? -1 : channel.indexOf('}', open + 1);
  return close > open + 1 ? channel.slice(open + 1, close) : channel;
}
