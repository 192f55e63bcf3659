// Filters of lists: words, each of which must occur.

export const wordsOf = (filter: string): string[] => filter.toLowerCase().split(/\s+/).filter((word) => word !== "");

/** `text` is in lower case. */
export const hasAll = (text: string, words: readonly string[]): boolean => words.every((word) => text.includes(word));
