/** "Section 110" is 110 on maps and signs, where the word would be everywhere. */
export const shortName = (name: string): string => name.replace(/^(?:section|block|sektion|sector)\s+/i, "");
