const EDGE_PX = 320;

/** A small JPEG of an image; fails if the file is not an image. */
export async function thumbnailOf(file: Blob): Promise<Blob> {
  const image = await createImageBitmap(file).catch(() => {
    throw new Error('The browser cannot read this file as an image.');
  });
  const scale = Math.min(1, EDGE_PX / Math.max(image.width, image.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#fff'; // JPEG has no transparency; without a background it turns black
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The thumbnail could not be created.'))), 'image/jpeg', 0.82);
  });
}
