// How hard a reply is to read: the Flesch-Kincaid grade, roughly; helpdesk/content/readability.py judges the bot's answers with more care.
// @ts-check

const FEWEST = 5;

/** @param {string} text @returns {number | null} */
export function grade(text) {
  const words = text.match(/[A-Za-z0-9][A-Za-z0-9'’-]*/g) ?? [];
  if (words.length < FEWEST) return null;
  const sentences = Math.max(1, (text.match(/[.!?]+["”')]*(?=\s|$)/g) ?? []).length);
  const syllables = words.reduce((sum, word) => sum + count(word), 0);
  return Math.max(0, Math.round((0.39 * words.length) / sentences + (11.8 * syllables) / words.length - 15.59));
}

/** @param {string} word */
function count(word) {
  const bare = word.toLowerCase().replace(/(?<=[^aeiouy])(?<!l)(?:e|es|ed)$/, "");
  return Math.max(1, (bare.match(/[aeiouy]+/g) ?? []).length);
}
