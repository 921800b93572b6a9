/** Pixels: what the largest avatar needs on a dense screen, and more. */
const side = 512;

/** The middle of an image as a small square. What no image is comes back as it was: the server says what is wrong with it. */
export async function squared(file: Blob): Promise<Blob> {
  const image = await createImageBitmap(file).catch(() => undefined);
  if (!image) return file;
  const { width, height } = image;
  const cut = Math.min(width, height);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = Math.min(side, cut);
  const context = canvas.getContext('2d');
  context?.drawImage(image, (width - cut) / 2, (height - cut) / 2, cut, cut, 0, 0, canvas.width, canvas.height);
  image.close();
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/webp', 0.9));
  return context && blob ? blob : file;
}
