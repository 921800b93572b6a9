/** Readable on the bubbles of both themes (contrast 4.5 and more). */
const colours = [
  'light-dark(#3b4fc0, #a5b4ff)',
  'light-dark(#0b6a7a, #66d9e8)',
  'light-dark(#226b31, #8ce99a)',
  'light-dark(#a61e4d, #faa2c1)',
  'light-dark(#7b2a8a, #e599f7)',
  'light-dark(#a23b0a, #ffc078)',
  'light-dark(#5c4813, #ffe066)',
  'light-dark(#465059, #ced4da)',
];

/** The colour of somebody's name in a group; the same for as long as they are called so by the server. */
export function nameColour(userId: string): string {
  let hash = 0;
  for (let i = 0; i < userId.length; i++) hash = (hash * 31 + userId.charCodeAt(i)) >>> 0;
  return colours[hash % colours.length]!;
}
