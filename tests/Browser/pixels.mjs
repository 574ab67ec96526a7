// Pixels of screenshots. The browser itself decodes them, so that no library is needed.

/** Colours as [r, g, b]. */
export const rgb = css => {
  const hex = css.trim().match(/^#([0-9a-f]{6})$/i);
  return hex ? [0, 2, 4].map(at => parseInt(hex[1].slice(at, at + 2), 16)) : css.match(/[\d.]+/g).slice(0, 3).map(Number);
};

/** How far two colours are apart: the largest difference of a channel. */
export const distance = (a, b) => Math.max(...a.map((channel, index) => Math.abs(channel - b[index])));

/** The ratio of luminances of WCAG 2. */
export const contrast = (a, b) => {
  const luminance = colour => colour
    .map(channel => channel / 255)
    .map(channel => channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4)
    .reduce((sum, channel, index) => sum + channel * [0.2126, 0.7152, 0.0722][index], 0);
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
};

/** The picture of an element, with a function that reads a pixel at a part of its width and height. */
export const picture = async element => {
  const png = (await element.screenshot({ animations: 'disabled' })).toString('base64');
  const { width, height, data } = await element.evaluate(async (_, base64) => {
    // Not through an address: the page's own policy must not have to allow that.
    const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d');
    context.drawImage(bitmap, 0, 0);
    const pixels = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
    let packed = '';
    for (let at = 0; at < pixels.length; at += 4) packed += String.fromCharCode(pixels[at], pixels[at + 1], pixels[at + 2]);
    return { width: bitmap.width, height: bitmap.height, data: btoa(packed) };
  }, png);
  const bytes = Buffer.from(data, 'base64');
  const at = (x, y) => {
    const place = 3 * (Math.min(height - 1, Math.max(0, Math.round(y))) * width + Math.min(width - 1, Math.max(0, Math.round(x))));
    return [bytes[place], bytes[place + 1], bytes[place + 2]];
  };

  return {
    width,
    height,
    at,
    /** Whether a colour is found within some pixels of a place. */
    hasNear: (x, y, colour, reach = 2, tolerance = 40) => {
      for (let dy = -reach; dy <= reach; dy++)
        for (let dx = -reach; dx <= reach; dx++)
          if (distance(at(x + dx, y + dy), colour) <= tolerance) return true;
      return false;
    },
    /** Whether there is anything else than the paper at a place or beside it. */
    differsNear: (x, y, paper, least = 20) => {
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++)
          if (distance(at(x + dx, y + dy), paper) > least) return true;
      return false;
    },
    /** The number of pixels of a colour. */
    count: (colour, tolerance = 24) => {
      let found = 0;
      for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) if (distance(at(x, y), colour) <= tolerance) found++;
      return found;
    },
  };
};
