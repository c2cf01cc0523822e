// Words, numbers and places in the page's language. Knows no page: words and language (a BCP 47 tag) are given.

/** @import { Say, Words } from "./types.d.ts" */

/**
 * Make the function that says a key in the page's language.
 * `{name}` in a text is replaced by the value of that name, numbers as the language writes them; of a text with plural
 * forms, `count` chooses one. A key without words is said as it is, so that a missing text never breaks a page.
 * @param {Words} words @param {string} language @returns {Say}
 */
export function speaking(words, language) {
  const plurals = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
  return (key, values = {}) => {
    const said = words[key] ?? key;
    const text = typeof said === "string" ? said : (said[plurals.select(Number(values.count))] ?? said.other ?? key);
    return text.replace(/\{(\w+)\}/g, (gap, name) => {
      const value = Object.hasOwn(values, name) ? values[name] : gap;
      return typeof value === "number" ? numbers.format(value) : value;
    });
  };
}

/** Write a time as 3:05, from an hour on as 1:02:03. @param {number} seconds */
export function clock(seconds) {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Name a territory, given by its ISO 3166-1 alpha-2 code. @param {string} code @param {string} language */
export const place = (code, language) => new Intl.DisplayNames([language], { type: "region" }).of(code) ?? code;

/** Join texts as a language does: "a, b and c". @param {string[]} texts @param {string} language */
export const joined = (texts, language) => new Intl.ListFormat(language, { type: "conjunction" }).format(texts);

/** Say a key, or something else where it has no words, as a code that is newer. @param {Say} t @param {string} key @param {string} otherwise */
export function known(t, key, otherwise) {
  const said = t(key);
  return said === key ? otherwise : said;
}
