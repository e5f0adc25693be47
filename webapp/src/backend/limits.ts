// The API's limits, checked before anything is sent.

export const FILE_LIMIT_BYTES = 10 * 1024 * 1024;
export const MESSAGE_LIMIT_BYTES = 4000;
const TITLE_LIMIT_BYTES = 256;
const USER_LIMIT_BYTES = 128;

export const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** Whether a text shows anything: not only white space and characters without a shape. */
export const hasText = (text: string): boolean => /[^\s\p{C}\p{Default_Ignorable_Code_Point}\u2800]/u.test(text);

/** Why a file is rejected before it is read, or null. */
export function fileProblem(file: { size: number }): string | null {
  if (file.size > FILE_LIMIT_BYTES) return `Larger than 10 MB (${(file.size / 1024 / 1024).toFixed(1)} MB).`;
  return file.size === 0 ? 'The file is empty.' : null;
}

/** A photo's title: the file's name without its suffix. */
export function titleOf(fileName: string): string {
  return cut(fileName.replace(/(.)\.[^.]*$/, '$1').trim(), TITLE_LIMIT_BYTES) || 'Untitled';
}

export const userOf = (name: string): string => cut(name, USER_LIMIT_BYTES);

/** The longest beginning of a text within a limit that cuts no character in two. */
function cut(text: string, limitBytes: number): string {
  let kept = '';
  for (const character of text) {
    if (bytesOf(kept + character) > limitBytes) break;
    kept += character;
  }
  return kept;
}
