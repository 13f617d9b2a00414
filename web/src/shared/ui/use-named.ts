import { useTranslation } from "react-i18next";
import { wordOf } from "../i18n/translate";

/** What the machine calls something, in words; its own name for it where that is newer than the words. */
export function useNamed(): (key: string, name: string) => string {
  const { language } = useTranslation().i18n;
  return (key, name) => wordOf(language, key) ?? name;
}
